//! How a decision is answered: by what is given, else by the draw of its key under the settings of the run.

use super::settings::Gate;
use super::{Choice, Choices, Latency, Override, Point, SiteId, Sites, Subject, VALUES_MAX};
use crate::hash::{mix, spread};
use crate::time::Duration;

/// Salts which names are in trouble.
const TROUBLE: u64 = 0x7206_B1E5;

impl Choices {
    /// Decides at a site with several values. `allowed` masks the values that make sense for this subject.
    #[inline]
    pub fn choose(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        if self.plain {
            self.draw(sites, site, subject, allowed)
        } else if self.open {
            self.choose_watched(sites, site, subject, allowed)
        } else {
            0
        }
    }

    #[inline]
    fn draw(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        let Gate { key, total } = self.settings.gates[usize::from(site.0)];
        if total == 0 {
            return 0;
        }
        let u = (keyed(key, subject) >> 32) as u32;
        if u >= total { 0 } else { self.draw_fault(sites, site, subject, (u, allowed)) }
    }

    /// Takes the fault whose share of the draw `u` fell into, if it makes sense here and its cap is not reached.
    #[cold]
    fn draw_fault(&mut self, sites: &Sites, site: SiteId, subject: Subject, (u, allowed): (u32, u32)) -> u8 {
        let i = usize::from(site.0);
        let value = self.settings.cumulative[i].iter().position(|&upto| u < upto).unwrap_or(0) as u8;
        if allowed & sites.drawable[i] & 1 << value == 0 {
            return 0;
        }
        let kind = usize::from(sites.kinds[i][usize::from(value)]);
        let spent = self.injected[kind] >= self.settings.caps[kind] || self.injected_all >= self.settings.cap;
        // A key has one answer in a run, whenever it is asked: else a recording could not tell the two times apart.
        if spent && !self.made.has_fault(site, subject, value) {
            return 0;
        }
        self.inject(sites, site, subject, value);
        value
    }

    /// Notes a fault. One that a message meets again under the same key is the same choice, and no further fault.
    #[cold]
    fn inject(&mut self, sites: &Sites, site: SiteId, subject: Subject, value: u8) {
        if self.made.has_fault(site, subject, value) {
            return;
        }
        if let Some(kind) = sites.kind(site, value) {
            self.injected[usize::from(kind.0)] += 1;
            self.injected_all += 1;
        }
        self.made.add_fault(Choice { site, subject, value: value.into(), span: false, event: self.event });
    }

    #[cold]
    fn choose_watched(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        let allowed = allowed & sites.drawable[usize::from(site.0)];
        if allowed != 0 {
            self.note_asked(site, subject, false);
            if self.points_kept {
                self.points.push(Point { site, subject, allowed, event: self.event });
            }
            if let Some(opportunities) = &mut self.opportunities {
                for value in (0..VALUES_MAX as u8).filter(|v| allowed & 1 << v != 0) {
                    opportunities[usize::from(sites.kinds[usize::from(site.0)][usize::from(value)])] += 1;
                }
            }
        }
        if let Some(value) = self.overridden(site, subject, None) {
            let value = u8::try_from(value).unwrap_or(0);
            if value != 0 && allowed & 1_u32.checked_shl(value.into()).unwrap_or(0) == 0 {
                return 0;
            }
            if value != 0 {
                self.inject(sites, site, subject, value);
            }
            return value;
        }
        if let Some(value) = self.comes_again(sites, site, subject, allowed) {
            return value;
        }
        if self.settings.trouble != 0 && self.is_in_trouble(subject) {
            return self.draw_in_trouble(sites, site, subject, allowed);
        }
        self.draw(sites, site, subject, allowed)
    }

    /// The persistent fault, if this is where it comes again.
    fn comes_again(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> Option<u8> {
        let fault = self.persistent.as_mut().filter(|fault| {
            let is_it = (fault.site, fault.names, fault.tries) == (site, subject.names, subject.tries());
            is_it && allowed & 1 << fault.value != 0
        })?;
        let value = fault.value;
        if !self.made.has_fault(site, subject, value) {
            fault.wanted = fault.left == 0;
            fault.left = fault.left.checked_sub(1)?;
            self.inject(sites, site, subject, value);
        }
        Some(value)
    }

    /// Whether the name of this subject is in trouble in this run.
    fn is_in_trouble(&self, subject: Subject) -> bool {
        let named = keyed(mix(self.key, TROUBLE), Subject::new(subject.names, 0));
        ((named >> 32) as u32) < self.settings.trouble
    }

    /// A draw as any other, but that every other one is a fault.
    fn draw_in_trouble(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        let Gate { key, total } = self.settings.gates[usize::from(site.0)];
        let u = keyed(key, subject);
        if total == 0 || u & 1 == 0 {
            return 0;
        }
        let share = ((u >> 32) * u64::from(total)) >> 32;
        self.draw_fault(sites, site, subject, (share as u32, allowed))
    }

    /// What is given for a decision; `nominal` is there if it is about a span.
    fn overridden(&mut self, site: SiteId, subject: Subject, nominal: Option<Duration>) -> Option<u64> {
        let key = (site, nominal.is_some(), subject);
        let found = self
            .overrides
            .binary_search_by_key(&key, |Override { choice, .. }| (choice.site, choice.span, choice.subject));
        let given = &mut self.overrides[found.ok()?];
        given.used = true;
        given.nominal = nominal.unwrap_or_default();
        Some(given.choice.value)
    }

    /// Decides how long something takes.
    #[inline(always)]
    pub fn span(&mut self, site: SiteId, subject: Subject, latency: Latency) -> Duration {
        if self.spans_plain {
            if self.settings.latencies { self.draw_span(site, subject, latency) } else { latency.nominal() }
        } else if self.open {
            self.span_watched(site, subject, latency)
        } else {
            latency.nominal()
        }
    }

    #[inline(always)]
    fn draw_span(&self, site: SiteId, subject: Subject, latency: Latency) -> Duration {
        latency.at(mix(keyed(self.settings.gates[usize::from(site.0)].key, subject), 0x2545_F491_4F6C_DD1D))
    }

    #[cold]
    fn span_watched(&mut self, site: SiteId, subject: Subject, latency: Latency) -> Duration {
        if !matches!(latency, Latency::Fixed(_)) {
            self.note_asked(site, subject, true);
        }
        if let Some(value) = self.overridden(site, subject, Some(latency.nominal())) {
            // What is given may have been drawn from another latency: of a fault that is gone, or before the model changed.
            let span = latency.nearest(Duration(value));
            self.note_span(site, subject, span.0);
            return span;
        }
        if !self.settings.latencies {
            return latency.nominal();
        }
        let span = self.draw_span(site, subject, latency);
        if span != latency.nominal() {
            self.note_span(site, subject, span.0);
        }
        span
    }

    fn note_span(&mut self, site: SiteId, subject: Subject, value: u64) {
        if self.spans_kept {
            self.made.add_span(Choice { site, subject, value, span: true, event: self.event });
        }
    }
}

/// The draw of a subject under the key of its site.
#[inline]
const fn keyed(key: u64, subject: Subject) -> u64 {
    spread(subject.names ^ key, subject.counters ^ key.rotate_left(32))
}

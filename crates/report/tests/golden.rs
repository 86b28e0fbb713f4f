//! Reports of recorded plans, as they were looked at.
#![allow(missing_docs)]

mod support;

use support::*;

#[test]
fn reports_are_drawn_as_they_were_looked_at() {
    for (name, plan, findings) in situations() {
        golden(&format!("{name}.md"), &markdown(&plan, &findings));
        // The text of these is large, or says nothing that the others don't.
        if !matches!(name, "thousand" | "policy-denial" | "hostile") {
            golden(&format!("{name}.txt"), &plain_text(&plan));
        }
    }
    golden("hostile.txt", &plain_text(&recorded("hostile")));
    golden("errors.md", &cairn_report::markdown::failure("shop/default", &errors()));
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for (name, plan, findings) in situations() {
        let read = again(&plan);
        assert_eq!(read, plan, "{name}: a plan that was written and read is the same plan");
        assert_eq!(markdown(&plan, &findings), markdown(&plan, &findings), "{name}");
        assert_eq!(markdown(&plan, &findings), markdown(&read, &findings), "{name}");
        assert_eq!(plain_text(&plan), plain_text(&read), "{name}");
    }
}

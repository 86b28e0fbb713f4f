//! Drift as JUnit XML: a suite a stack, a case a resource, so that CI systems list what drifted.

use super::{DriftReport, Finding, StackDrift};
use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

/// The XML document.
///
/// # Errors
/// When the XML can't be written.
pub fn draw(report: &DriftReport) -> Result<String, SerializeError> {
    let mut document = Report::new("cairn drift");
    document.add_test_suites(report.stacks.iter().map(suite));
    document.to_string().map(without_skipped_total)
}

/// Jenkins's schema knows the number of what was skipped of a suite, and not of the whole.
fn without_skipped_total(xml: String) -> String {
    let head = xml.find("<testsuites").and_then(|start| Some(start..start + xml.get(start..)?.find('>')?));
    let Some(tag) = head.and_then(|range| xml.get(range)) else { return xml };
    let Some((before, after)) = tag.split_once(" skipped=\"") else { return xml };
    let Some((_, after)) = after.split_once('"') else { return xml };
    let kept = format!("{before}{after}");
    xml.replacen(tag, &kept, 1)
}

fn suite(stack: &StackDrift) -> TestSuite {
    let identity = stack.identity();
    let mut suite = TestSuite::new(identity.clone());
    let mut findings: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &stack.findings {
        findings.entry(&finding.address).or_default().push(finding);
    }
    let others = findings.keys().copied().filter(|a| !stack.checked.iter().any(|c| c == a));
    for address in stack.checked.iter().map(String::as_str).chain(others) {
        let of = findings.get(address).map_or(&[][..], Vec::as_slice);
        if of.is_empty() {
            suite.add_test_case(case(&identity, address, quiet(stack, address)));
        }
        suite.add_test_cases(of.iter().map(|f| case(&identity, address, drifted(f))));
    }
    for unchecked in &stack.unchecked {
        let message = format!("{} (provider {}) could not be read: {}", unchecked.type_name, unchecked.provider, unchecked.reason);
        let status = if unchecked.allowed { skipped(message) } else { failed("unchecked", message) };
        suite.add_test_case(case(&identity, &unchecked.type_name, status));
    }
    if let Some(error) = &stack.error {
        suite.add_test_case(case(&identity, &identity, failed("error", error.clone())));
    }
    suite
}

/// A resource without findings: as it should be, or let be.
fn quiet(stack: &StackDrift, address: &str) -> TestCaseStatus {
    let ignored: Vec<String> =
        stack.ignored.iter().filter(|i| i.address == address).map(|i| format!("ignored: {}", i.entry.reason)).collect();
    if ignored.is_empty() { TestCaseStatus::success() } else { skipped(ignored.join("; ")) }
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn case(identity: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(identity);
    case
}

/// A failure is drift.
fn drifted(finding: &Finding) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let lines: Vec<String> = finding.differences.iter().map(super::AttributeDrift::line).chain(finding.notes()).collect();
    status.set_type(finding.kind.name()).set_message(finding.sentence()).set_description(lines.join("\n"));
    status
}

/// An error is what could not be told.
fn failed(kind: &str, message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(kind).set_message(message);
    status
}

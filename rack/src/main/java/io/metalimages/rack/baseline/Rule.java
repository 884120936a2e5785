package io.metalimages.rack.baseline;

import io.metalimages.rack.checks.CheckResult;

/**
 * What a tool says of one of its rules.
 *
 * @param tool {@code Lynis} or {@code OpenSCAP}
 * @param id the tool's own name of the rule
 * @param outcome skipped if the rule does not apply to this system
 * @param finding what is wrong, in the tool's words; empty if nothing is
 */
record Rule(String tool, String id, CheckResult.Outcome outcome, String finding) {

    /** As it is written in a list of write-offs: {@code Lynis AUTH-9262}. */
    String name() {
        return tool + " " + id;
    }
}

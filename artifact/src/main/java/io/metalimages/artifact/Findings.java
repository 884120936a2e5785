package io.metalimages.artifact;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects findings: not more of a kind than somebody would read. Belongs to one thread at a time. */
public final class Findings {

    private static final int MOST_OF_A_KIND = 100;

    private final List<Finding> findings = new ArrayList<>();
    private final Map<CheckCode, Integer> counts = new EnumMap<>(CheckCode.class);

    public void add(CheckCode code, String path, String detail) {
        if (counts.merge(code, 1, Integer::sum) <= MOST_OF_A_KIND) {
            findings.add(new Finding(code, path, detail));
        }
    }

    public void addAll(Findings others) {
        others.list().forEach(finding -> add(finding.code(), finding.path(), finding.detail()));
    }

    /** In the order in which they were added, with one for each kind that says how many were too many. */
    public List<Finding> list() {
        List<Finding> list = new ArrayList<>(findings);
        counts.forEach((code, count) -> {
            if (count > MOST_OF_A_KIND) {
                list.add(new Finding(code, "", "And " + (count - MOST_OF_A_KIND) + " more of these."));
            }
        });
        return list;
    }
}

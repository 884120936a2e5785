package io.metalimages.artifact.check;

import io.metalimages.artifact.Finding;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a check came to.
 *
 * @param system what the image says it is; empty if it does not, or was not read to its end
 * @param findings errors first, sorted by code and path
 * @param losses all that the burn loses, restored or not, sorted by path
 * @param entries number of tar entries that were read
 * @param tarBytes bytes of the tar that were read
 */
public record CheckReport(
        Optional<OsRelease> system, List<Finding> findings, List<Loss> losses, int entries, long tarBytes) {

    public CheckReport {
        findings = findings.stream()
                .sorted(Comparator.comparing((Finding finding) -> finding.code().severity())
                        .thenComparing(Finding::code)
                        .thenComparing(finding -> finding.path().isEmpty())
                        .thenComparing(Finding::path))
                .toList();
        losses = List.copyOf(losses);
    }

    public List<Finding> errors() {
        return findings.stream().filter(Finding::isError).toList();
    }

    public List<Finding> warnings() {
        return findings.stream().filter(finding -> !finding.isError()).toList();
    }
}

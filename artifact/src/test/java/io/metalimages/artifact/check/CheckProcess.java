package io.metalimages.artifact.check;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import java.nio.file.Path;

/** A check in a process of its own: the tarball. */
final class CheckProcess {

    private CheckProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        CheckReport report =
                new ArtifactCheck().check(ArtifactLocation.of(Path.of(arguments[0])), CheckProgress.SILENT);
        System.out.println(report.entries() + " entries, " + report.findings().size() + " findings");
    }
}

package io.metalimages.artifact.check;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.diff.ImageComparison;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Reads tarballs in a process of its own, and says in a line what it thinks of each. */
final class HostileProcess {

    static final String CHECK = "check";
    static final String COMPARE = "compare";

    private HostileProcess() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        for (String tarball : List.of(arguments).subList(1, arguments.length)) {
            ArtifactLocation location = ArtifactLocation.of(Path.of(tarball));
            System.out.println(arguments[0].equals(CHECK) ? check(location) : compare(location));
        }
    }

    private static String check(ArtifactLocation location) throws InterruptedException {
        return new ArtifactCheck()
                .check(location, CheckProgress.SILENT).findings().stream()
                        .map(Finding::code)
                        .map(Enum::name)
                        .distinct()
                        .collect(Collectors.joining(" ", "found ", ""));
    }

    /** With itself. */
    private static String compare(ArtifactLocation location) throws IOException, InterruptedException {
        try {
            new ImageComparison().compare(location, location, CheckProgress.SILENT);
            return "compared";
        } catch (FaultException fault) {
            return String.valueOf(fault.getMessage());
        }
    }
}

package io.metalimages.cli;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.build.Definitions;
import io.metalimages.common.FaultException;
import io.metalimages.supplychain.Provenance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What {@code metal-images list} does. */
final class ListWork {

    private static final Path IMAGES = Path.of("images");

    private final Definitions definitions;
    private final Surroundings surroundings;

    ListWork(Definitions definitions, Surroundings surroundings) {
        this.definitions = definitions;
        this.surroundings = surroundings;
    }

    void list(Report report) throws IOException {
        definitions.faults().forEach(fault -> warn("left out: ", fault));
        SortedMap<String, String> standIns = new TreeMap<>();
        for (String name : definitions.names()) {
            standIn(name).ifPresent(real -> standIns.put(name, real));
        }
        report.add(new Names(definitions.names(), standIns));
    }

    /** What the packages of the built image really are, if it was made from a stand-in. */
    private Optional<String> standIn(String name) throws IOException {
        try {
            return Provenance.of(ArtifactLocation.in(IMAGES.resolve(name))).flatMap(Provenance::standIn);
        } catch (FaultException damaged) {
            warn("", damaged);
            return Optional.empty();
        }
    }

    private void warn(String what, FaultException fault) {
        surroundings.errors().println("Warning: " + what + DisplayText.line(String.valueOf(fault.getMessage())));
    }
}

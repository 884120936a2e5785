package io.metalimages.cli.command.build;

import io.metalimages.build.Definitions;
import io.metalimages.build.NewDefinition;
import io.metalimages.cli.command.DefinitionsOption;
import io.metalimages.cli.display.Surroundings;
import io.metalimages.cli.output.Report;
import java.io.IOException;
import java.nio.file.Path;

/** What {@code metal-images new} does. */
final class NewWork {

    private final Path directory;
    private final Surroundings surroundings;

    /** @param directory where the definition goes */
    NewWork(Path directory, Surroundings surroundings) {
        this.directory = directory;
        this.surroundings = surroundings;
    }

    void create(String name, String from, Report report) throws IOException {
        Definitions definitions = DefinitionsOption.existing(directory, surroundings);
        report.add(new NewResult(
                name, new NewDefinition(name, definitions.find(from)).write(directory), isOfTheCheckout()));
    }

    private boolean isOfTheCheckout() {
        return directory
                .toAbsolutePath()
                .normalize()
                .equals(surroundings.definitions().toAbsolutePath().normalize());
    }
}

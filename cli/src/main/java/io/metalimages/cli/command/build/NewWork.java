package io.metalimages.cli.command.build;

import io.metalimages.build.Definitions;
import io.metalimages.build.NewDefinition;
import io.metalimages.cli.command.DefinitionsOption;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.output.Report;
import java.io.IOException;
import java.nio.file.Path;

/** What {@code metal-images new} does. */
final class NewWork {

    private final Path directory;
    private final CommandContext context;

    /** @param directory where the definition goes */
    NewWork(Path directory, CommandContext context) {
        this.directory = directory;
        this.context = context;
    }

    void create(String name, String from, Report report) throws IOException {
        Definitions definitions = DefinitionsOption.existing(directory, context);
        report.add(new NewResult(
                name, new NewDefinition(name, definitions.find(from)).write(directory), isOfTheCheckout()));
    }

    private boolean isOfTheCheckout() {
        return directory
                .toAbsolutePath()
                .normalize()
                .equals(context.definitions().toAbsolutePath().normalize());
    }
}

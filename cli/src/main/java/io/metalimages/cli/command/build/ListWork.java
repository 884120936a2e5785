package io.metalimages.cli.command.build;

import io.metalimages.build.Definitions;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code metal-images list} does. */
final class ListWork {

    private static final Path IMAGES = Path.of("images");

    private final Definitions definitions;
    private final boolean markdown;
    private final CommandContext context;

    ListWork(Definitions definitions, boolean markdown, CommandContext context) {
        this.definitions = definitions;
        this.markdown = markdown;
        this.context = context;
    }

    void list(Report report) throws IOException {
        definitions.faults().forEach(fault -> warn("left out: ", fault));
        List<ListedImage> images = new ArrayList<>();
        for (String name : definitions.names()) {
            images.add(read(name));
        }
        report.add(new ImageList(images, markdown));
    }

    private ListedImage read(String name) throws IOException {
        try {
            return ListedImage.read(name, IMAGES);
        } catch (FaultException damaged) {
            warn("", damaged);
            return new ListedImage(name, Optional.empty());
        }
    }

    private void warn(String what, FaultException fault) {
        context.errors().println("Warning: " + what + DisplayText.line(String.valueOf(fault.getMessage())));
    }
}

package io.metalimages.cli.command.store;

import io.metalimages.catalog.CatalogWriter;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.StoreSettings;
import io.metalimages.store.object.ObjectStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What {@code metal-images catalog} does. */
final class CatalogWork {

    /** What the user asks for. */
    record Request(
            String store,
            Optional<String> address,
            boolean changeAddress,
            String title,
            List<String> unsupported,
            Optional<String> output,
            boolean dryRun) {}

    private final Request request;
    private final OutputOptions options;
    private final CommandContext context;

    CatalogWork(Request request, OutputOptions options, CommandContext context) {
        this.request = request;
        this.options = options;
        this.context = context;
    }

    void write(Report report) {
        if (request.title().isBlank()) {
            throw FaultException.wrongInput("The title is empty.", "Say what the pages are to be called: --title");
        }
        Optional<PublicUrl> given = request.address().map(PublicUrl::parse);
        if (request.changeAddress() && request.address().isEmpty()) {
            throw FaultException.wrongInput(
                    "--change-url-base is for --url-base.", "Name the new address: --url-base URL");
        }
        try (Display display = Display.open(options, context);
                ObjectStore store = new StoreLocation(request.store()).open();
                ObjectStore target = target()) {
            display.begin("catalog", request.dryRun() ? "planning" : "writing");
            StoreSettings settings = new StoreSettings(store, display);
            settings.requireThere();
            CatalogWriter.Options catalog = new CatalogWriter.Options(
                    request.title(),
                    settings.urlBase(given, keeping()),
                    Set.copyOf(request.unsupported()),
                    request.dryRun());
            CatalogWriter.Written written = new CatalogWriter(display).write(store, target, catalog);
            report.add(new CatalogResult(target.address(), catalog.address(), request.dryRun(), written));
        }
    }

    /** With --output, nothing is written into the store. */
    private StoreSettings.Keeping keeping() {
        if (request.dryRun() || request.output().isPresent()) {
            return StoreSettings.Keeping.NOTHING;
        }
        return request.changeAddress() ? StoreSettings.Keeping.ANY : StoreSettings.Keeping.FIRST;
    }

    private ObjectStore target() {
        return new StoreLocation(request.output()
                        .map(directory -> Path.of(directory).toAbsolutePath().toString())
                        .orElse(request.store()))
                .open();
    }
}

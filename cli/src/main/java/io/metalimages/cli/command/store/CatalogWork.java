package io.metalimages.cli.command.store;

import io.metalimages.catalog.CatalogWriter;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Surroundings;
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
    record Wishes(
            String store,
            Optional<String> address,
            boolean changeAddress,
            String title,
            List<String> unsupported,
            Optional<String> output,
            boolean dryRun) {}

    private final Wishes wishes;
    private final OutputOptions options;
    private final Surroundings surroundings;

    CatalogWork(Wishes wishes, OutputOptions options, Surroundings surroundings) {
        this.wishes = wishes;
        this.options = options;
        this.surroundings = surroundings;
    }

    void write(Report report) {
        if (wishes.title().isBlank()) {
            throw FaultException.wrongInput("The title is empty.", "Say what the pages are to be called: --title");
        }
        Optional<PublicUrl> given = wishes.address().map(PublicUrl::parse);
        if (wishes.changeAddress() && wishes.address().isEmpty()) {
            throw FaultException.wrongInput(
                    "--change-url-base is for --url-base.", "Name the new address: --url-base URL");
        }
        try (Display display = Display.open(options, surroundings);
                ObjectStore store = new StoreLocation(wishes.store()).open();
                ObjectStore target = target()) {
            display.begin("catalog", wishes.dryRun() ? "planning" : "writing");
            StoreSettings settings = new StoreSettings(store, display);
            settings.requireThere();
            CatalogWriter.Wishes catalog = new CatalogWriter.Wishes(
                    wishes.title(),
                    settings.urlBase(given, keeping()),
                    Set.copyOf(wishes.unsupported()),
                    wishes.dryRun());
            CatalogWriter.Written written = new CatalogWriter(display).write(store, target, catalog);
            report.add(new CatalogResult(target.address(), catalog.address(), wishes.dryRun(), written));
        }
    }

    /** With --output, nothing is written into the store. */
    private StoreSettings.Keeping keeping() {
        if (wishes.dryRun() || wishes.output().isPresent()) {
            return StoreSettings.Keeping.NOTHING;
        }
        return wishes.changeAddress() ? StoreSettings.Keeping.ANY : StoreSettings.Keeping.FIRST;
    }

    private ObjectStore target() {
        return new StoreLocation(wishes.output()
                        .map(directory -> Path.of(directory).toAbsolutePath().toString())
                        .orElse(wishes.store()))
                .open();
    }
}

package io.metalimages.cli.command.build;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.DefinitionsOption;
import io.metalimages.cli.command.register.MetalApiSettings;
import io.metalimages.cli.command.store.StoreListWork;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images list}. */
public final class ListCommand extends Command {

    private static final String MARKDOWN = "--markdown";
    private static final String STORE = "--store";

    public ListCommand(CommandContext context) {
        super(
                context,
                "Lists the images that there are to build, and what is built of them below ./images; or what a store has.",
                "  metal-images list",
                "  metal-images list --quiet        the names only",
                "  metal-images list --json",
                "  metal-images list --store /srv/images --api https://api.example.com/metal");
        description()
                .addOption(OptionSpec.builder(MARKDOWN)
                        .description("Write the table for a document in Markdown.")
                        .build());
        description()
                .addOption(OptionSpec.builder(STORE)
                        .type(String.class)
                        .paramLabel("URL")
                        .description(
                                "List the channels of this store instead, with their images: how large they are, and "
                                        + "whether they are signed, tested, and registered at metal-api, if that is named.")
                        .build());
        MetalApiSettings.addTo(description());
        DefinitionsOption.addTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        Optional<String> store = Optional.ofNullable(parsed.matchedOptionValue(STORE, null));
        if (store.isPresent()) {
            new StoreListWork(store.get(), MetalApiSettings.from(parsed), context).list(report);
            return;
        }
        new ListWork(DefinitionsOption.read(parsed, context), parsed.matchedOptionValue(MARKDOWN, false), context)
                .list(report);
    }
}

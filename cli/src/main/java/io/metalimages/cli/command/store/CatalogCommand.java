package io.metalimages.cli.command.store;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.StoreOptions;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images catalog}. */
public final class CatalogCommand extends Command {

    private static final String TITLE = "--title";
    private static final String UNSUPPORTED = "--unsupported";
    private static final String OUTPUT = "--output";
    private static final String DRY_RUN = "--dry-run";

    public CatalogCommand(CommandContext context) {
        super(
                context,
                "Writes web pages of what an image store holds into the store: index.html, and what it leads to below "
                        + "catalog. Pages that are as they should be are not written again.",
                "  metal-images catalog --store s3://images.example.com --url-base https://images.example.com",
                "  metal-images catalog --store /srv/images --unsupported almalinux --unsupported debian/11",
                "  metal-images catalog --store /srv/images --output /tmp/pages");
        StoreOptions.addStore(description());
        StoreOptions.addKeptUrlBase(description());
        description()
                .addOption(OptionSpec.builder(TITLE)
                        .type(String.class)
                        .paramLabel("TEXT")
                        .defaultValue("metal-stack images")
                        .description("What the pages are called. Default: ${DEFAULT-VALUE}")
                        .build())
                .addOption(OptionSpec.builder(UNSUPPORTED)
                        .arity("1")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .paramLabel("OS[/VERSION]")
                        .description("An image, or all of an os, that is there without support; again for each further "
                                + "one. Default: almalinux and centos")
                        .build())
                .addOption(OptionSpec.builder("-o", OUTPUT)
                        .type(String.class)
                        .paramLabel("DIR")
                        .description("Write the pages into this directory, and nothing into the store.")
                        .build())
                .addOption(OptionSpec.builder(DRY_RUN)
                        .description("Show what would be written, and change nothing.")
                        .build());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new CatalogWork(
                        new CatalogWork.Request(
                                StoreOptions.store(parsed),
                                StoreOptions.urlBase(parsed),
                                StoreOptions.changesUrlBase(parsed),
                                parsed.commandSpec().findOption(TITLE).getValue(),
                                parsed.matchedOptionValue(UNSUPPORTED, List.of("almalinux", "centos")),
                                Optional.ofNullable(parsed.matchedOptionValue(OUTPUT, null)),
                                parsed.matchedOptionValue(DRY_RUN, false)),
                        options,
                        context)
                .write(report);
    }
}

package io.metalimages.cli.command.store;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.StoreOptions;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code metal-images publish}. */
public final class PublishCommand extends Command {

    private static final String CHANNEL = "--channel";
    private static final String UNTESTED = "--untested";
    private static final String ALLOW_STAND_IN = "--allow-stand-in";
    private static final String UNSIGNED = "--unsigned";
    private static final String CREATE = "--create";
    private static final String RESTORE = "--restore";
    private static final String BUILD = "--build";
    private static final String DRY_RUN = "--dry-run";

    public PublishCommand(CommandContext context) {
        super(
                context,
                "Puts tested images into a channel of an image store. Readers get the old image or the new one, never "
                        + "something in between. Run it again if it was stopped: it goes on where it was.",
                "  metal-images publish --store /srv/images --channel stable",
                "  metal-images publish --store /srv/new --channel stable --create",
                "  metal-images publish debian/12 --store s3://images.example.com --channel pull_requests/new-kernel",
                "  metal-images publish --store 's3://images?endpoint=https://s3.example.com&path-style=true' --dry-run",
                "  metal-images publish debian/12 --store /srv/images --channel pull_requests/new-kernel --untested",
                "  metal-images publish --restore debian/12 --store /srv/images",
                "  metal-images publish --restore debian/12 --build 20260601 --store /srv/images");
        StoreOptions.addStore(description());
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("IMAGE")
                        .arity("0..*")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("debian/12 (below ./images), or a directory that ends so. Default: all below "
                                + "./images.")
                        .build())
                .addOption(OptionSpec.builder(CHANNEL)
                        .type(String.class)
                        .paramLabel("CHANNEL")
                        .description("stable, or pull_requests/NAME. Default: stable for the branches main and "
                                + "master, pull_requests/BRANCH for others and for pull requests.")
                        .build())
                .addOption(OptionSpec.builder(UNTESTED)
                        .description("Publish also what passed no test.")
                        .build())
                .addOption(OptionSpec.builder(ALLOW_STAND_IN)
                        .description("Publish also what was made from a stand-in for its distribution's archive.")
                        .build())
                .addOption(OptionSpec.builder(UNSIGNED)
                        .description("Publish also what is not signed, in place of what is.")
                        .build())
                .addOption(OptionSpec.builder(CREATE)
                        .description("Make the store, if there is none.")
                        .build())
                .addOption(OptionSpec.builder(RESTORE)
                        .description(
                                "Publish nothing, but put earlier builds of the named images back into stable: those "
                                        + "that were replaced last.")
                        .build())
                .addOption(OptionSpec.builder(BUILD)
                        .type(String.class)
                        .paramLabel("BUILD")
                        .description(
                                "With --restore: the build of a release, by its day, or one that was replaced of late, "
                                        + "by the first digits of its tarball's SHA-256.")
                        .build())
                .addOption(OptionSpec.builder(DRY_RUN)
                        .description("Show what would be done, and change nothing.")
                        .build());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        PublishWork work = new PublishWork(
                new PublishWork.Request(
                        StoreOptions.store(parsed),
                        Optional.ofNullable(parsed.matchedOptionValue(CHANNEL, null)),
                        parsed.matchedOptionValue(UNTESTED, false),
                        parsed.matchedOptionValue(ALLOW_STAND_IN, false),
                        parsed.matchedOptionValue(UNSIGNED, false),
                        parsed.matchedOptionValue(CREATE, false),
                        parsed.matchedOptionValue(DRY_RUN, false)),
                options,
                context);
        List<String> images = parsed.matchedPositionalValue(0, List.of());
        Optional<String> build = Optional.ofNullable(parsed.matchedOptionValue(BUILD, null));
        if (parsed.matchedOptionValue(RESTORE, false)) {
            work.restore(images, build, report);
        } else if (build.isPresent()) {
            throw new ParameterException(parsed.commandSpec().commandLine(), "--build is for --restore.");
        } else {
            work.publish(images, report);
        }
    }
}

package io.metalimages.cli.command.store;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.StoreOptions;
import io.metalimages.cli.command.register.MetalApiSettings;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images release}. */
public final class ReleaseCommand extends Command {

    private static final String REGISTRY = "--registry";
    private static final String NOTES = "--notes";
    private static final String FROM = "--from";
    private static final String WITHDRAW = "--withdraw";
    private static final String UNTESTED = "--untested";
    private static final String ALLOW_STAND_IN = "--allow-stand-in";
    private static final String DRY_RUN = "--dry-run";
    private static final String PLAIN_HTTP = "--plain-http";

    public ReleaseCommand(CommandContext context) {
        super(
                context,
                "Makes what is stable the release of a day: all of its images at once, after all contents were compared "
                        + "with their checksums. A release never changes. Prints its downloads and what changed since "
                        + "the one before, in Markdown. Run it again if it was stopped: it goes on where it was.",
                "  metal-images release 20260601 --store /srv/images --dry-run",
                "  metal-images release 20260601 --store s3://images.example.com --notes notes.md",
                "  metal-images release 20260601 --store s3://images.example.com --registry quay.io/metalstack",
                "  metal-images release 20260601 --withdraw --store /srv/images --api https://api.example.com/metal");
        StoreOptions.addStore(description());
        StoreOptions.addKeptUrlBase(description());
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("DATE")
                        .arity("1")
                        .type(String.class)
                        .description("The day that the release is called by: 20260601. Not one to come.")
                        .build());
        option(OptionSpec.builder(REGISTRY)
                .type(String.class)
                .paramLabel("REGISTRY/NAMESPACE")
                .description("Also tag the images there that push made from the same tarballs: VERSION-DATE, VERSION, "
                        + "latest."));
        option(OptionSpec.builder(NOTES)
                .type(String.class)
                .paramLabel("FILE")
                .description("Write what is printed into a file, too."));
        option(OptionSpec.builder(FROM)
                .type(String.class)
                .paramLabel("CHANNEL")
                .description("The channel that has the images. Default: stable. DATE itself, to finish a release as it "
                        + "was begun."));
        option(OptionSpec.builder(WITHDRAW)
                .description(
                        "Say of a release that nobody should use it any more: in the store, and to metal-api, which then "
                                + "gives it to no machine. It stays until it is pruned, as machines may have it."));
        MetalApiSettings.addTo(description());
        option(OptionSpec.builder(UNTESTED).description("Release also what passed no test."));
        option(OptionSpec.builder(ALLOW_STAND_IN)
                .description("Release also what was made from a stand-in for its distribution's archive."));
        option(OptionSpec.builder(DRY_RUN)
                .description("Compare all contents, show what would be done, and change nothing."));
        option(OptionSpec.builder(PLAIN_HTTP)
                .description("Talk to the registry without encryption, credentials included. This machine's own "
                        + "(localhost) is always talked to so."));
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        ReleaseWork work = new ReleaseWork(
                new ReleaseWork.Request(
                        StoreOptions.store(parsed),
                        Optional.ofNullable(parsed.matchedOptionValue(REGISTRY, null)),
                        Optional.ofNullable(parsed.matchedOptionValue(NOTES, null)),
                        parsed.matchedOptionValue(FROM, "stable"),
                        StoreOptions.urlBase(parsed),
                        StoreOptions.changesUrlBase(parsed),
                        parsed.matchedOptionValue(UNTESTED, false),
                        parsed.matchedOptionValue(ALLOW_STAND_IN, false),
                        parsed.matchedOptionValue(DRY_RUN, false),
                        parsed.matchedOptionValue(PLAIN_HTTP, false)),
                options,
                context);
        String date = parsed.matchedPositionalValue(0, "");
        if (parsed.matchedOptionValue(WITHDRAW, false)) {
            work.withdraw(date, MetalApiSettings.from(parsed), report);
        } else {
            work.release(date, report);
        }
    }
}

package io.metalimages.cli.command.store;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.StoreOptions;
import io.metalimages.cli.command.register.MetalApiSettings;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.store.retention.Retention;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images prune}. */
public final class PruneCommand extends Command {

    private static final String PULL_REQUESTS_DAYS = "--pull-requests-days";
    private static final String KEEP_RELEASES = "--keep-releases";
    private static final String RELEASES_DAYS = "--releases-days";
    private static final String TRASH_DAYS = "--trash-days";
    private static final String NONE_REGISTERED = "--none-registered";
    private static final String YES = "--yes";
    private static final String DRY_RUN = "--dry-run";
    private static final String RESTORE = "--restore";

    public PruneCommand(CommandContext context) {
        super(
                context,
                "Takes old images out of a store: of pull requests, and of releases that nobody needs any more. Shows what "
                        + "would go, and does it with --yes. What goes can be put back until the trash period is over. "
                        + "What is stable is never touched, nor the newest image of an os and version, nor what metal-api "
                        + "lists as used or not expired.",
                "  metal-images prune --store /srv/images",
                "  metal-images prune --store s3://images.example.com --api https://api.example.com/metal --yes",
                "  metal-images prune --store /srv/images --restore pull_requests/new-kernel");
        StoreOptions.addStore(description());
        days(
                PULL_REQUESTS_DAYS,
                "DAYS",
                "Images of pull requests may go when they were published more days ago. Default: "
                        + Retention.USUAL_PULL_REQUEST_DAYS + ".");
        days(
                KEEP_RELEASES,
                "NUMBER",
                "So many of the newest releases stay whole. Default: " + Retention.USUAL_RELEASES + ".");
        days(
                RELEASES_DAYS,
                "DAYS",
                "Images of older releases may go when those are more days old. Default: " + Retention.USUAL_RELEASE_DAYS
                        + ".");
        days(
                TRASH_DAYS,
                "DAYS",
                "How long contents that no channel needs stay, at least 1: longer than any publishing takes. Default: "
                        + PruneWork.USUAL_TRASH_DAYS + ".");
        MetalApiSettings.addTo(description());
        option(OptionSpec.builder(NONE_REGISTERED)
                .description("Go on although metal-api lists no image at all, or although no metal-api is named."));
        option(OptionSpec.builder(YES).description("Do it, without which nothing is changed."));
        option(OptionSpec.builder(DRY_RUN).description("Only show what would go. So it is without --yes, too."));
        option(OptionSpec.builder(RESTORE)
                .type(String.class)
                .paramLabel("CHANNEL")
                .description("Put back what was taken out of a channel and is still there."));
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    private void days(String name, String label, String text) {
        option(OptionSpec.builder(name).type(Integer.class).paramLabel(label).description(text));
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new PruneWork(
                        new PruneWork.Request(
                                StoreOptions.store(parsed),
                                new PruneWork.Numbers(
                                        parsed.matchedOptionValue(
                                                PULL_REQUESTS_DAYS, Retention.USUAL_PULL_REQUEST_DAYS),
                                        parsed.matchedOptionValue(KEEP_RELEASES, Retention.USUAL_RELEASES),
                                        parsed.matchedOptionValue(RELEASES_DAYS, Retention.USUAL_RELEASE_DAYS),
                                        parsed.matchedOptionValue(TRASH_DAYS, PruneWork.USUAL_TRASH_DAYS)),
                                MetalApiSettings.from(parsed),
                                parsed.matchedOptionValue(NONE_REGISTERED, false),
                                parsed.matchedOptionValue(YES, false),
                                parsed.matchedOptionValue(DRY_RUN, false),
                                Optional.ofNullable(parsed.matchedOptionValue(RESTORE, null))),
                        options,
                        context)
                .prune(report);
    }
}

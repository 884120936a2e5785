package io.metalimages.cli.command.cache;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.cli.output.Report;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images cache}, which only names its commands. */
public final class CacheCommand {

    private CacheCommand() {}

    public static CommandSpec description(CommandContext context) {
        CommandSpec cache = CommandSpec.create();
        cache.usageMessage()
                .description("Shows, explains, removes and verifies what is kept to save work the next time.")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.meanings())
                .footerHeading("%nExamples:%n")
                .footer(
                        "  metal-images cache usage",
                        "  metal-images cache explain debian/12",
                        "  metal-images cache prune --older-than 30d --keep-size 40g",
                        "  metal-images cache verify --repair");
        cache.addOption(Command.helpOption());
        cache.addSubcommand("usage", new Usage(context).description());
        cache.addSubcommand("explain", new Explain(context).description());
        cache.addSubcommand("prune", new Prune(context).description());
        cache.addSubcommand("verify", new Verify(context).description());
        return cache;
    }

    private static final class Usage extends Command {

        Usage(CommandContext context) {
            super(
                    context,
                    "Shows what the state directory holds, how large it is, and when it was last used.",
                    "  metal-images cache usage",
                    "  metal-images cache usage --json");
            OutputOptions.addTo(description());
        }

        @Override
        protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
                throws Exception {
            new CacheWork(context).usage(report);
        }
    }

    private static final class Explain extends Command {

        private static final String WANTED = "DIGEST|IMAGE|FILE:LINE";

        Explain(CommandContext context) {
            super(
                    context,
                    "Says what made a step result, what it lies on, when it was last used, and why it is kept.",
                    "  metal-images cache explain debian/12",
                    "  metal-images cache explain 7f66c72428a6",
                    "  metal-images cache explain os/debian/Dockerfile:12 --verbose");
            description()
                    .addPositional(PositionalParamSpec.builder()
                            .paramLabel("[" + WANTED + "]")
                            .hideParamSyntax(true)
                            .arity("0..1")
                            .type(String.class)
                            .description(
                                    "The first digits of a result's id or key, the image that it is part of, or the"
                                            + " line of the Dockerfile. Without it, all. --verbose adds the components of the"
                                            + " key.")
                            .build());
            OutputOptions.addTo(description());
        }

        @Override
        protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
                throws Exception {
            new CacheWork(context).explain(parsed.matchedPositionalValue(0, ""), options.verbose(), report);
        }
    }

    private static final class Prune extends Command {

        private static final String KEEP_SIZE = "--keep-size";
        private static final String OLDER_THAN = "--older-than";
        private static final String ALL = "--all";
        private static final String DRY_RUN = "--dry-run";

        Prune(CommandContext context) {
            super(
                    context,
                    "Removes what can't be used again, such as results that newer ones have replaced, and what the options"
                            + " say. What a running program uses stays.",
                    "  metal-images cache prune",
                    "  metal-images cache prune --older-than 30d",
                    "  metal-images cache prune --keep-size 40g --dry-run",
                    "  metal-images cache prune --all");
            option(OptionSpec.builder(KEEP_SIZE)
                    .type(String.class)
                    .paramLabel("SIZE")
                    .description(
                            "Remove what was not used for the longest time until the rest is no larger: 512m, 40g."));
            option(OptionSpec.builder(OLDER_THAN)
                    .type(String.class)
                    .paramLabel("TIME")
                    .description("Remove what was not used for so long: 12h, 60d."));
            option(OptionSpec.builder(ALL).description("Remove everything that is not in use."));
            option(OptionSpec.builder(DRY_RUN).description("Only show what would be removed."));
            OutputOptions.addTo(description());
        }

        @Override
        protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
                throws Exception {
            new CacheWork(context)
                    .prune(
                            parsed.matchedOptionValue(KEEP_SIZE, ""),
                            parsed.matchedOptionValue(OLDER_THAN, ""),
                            parsed.matchedOptionValue(ALL, false),
                            parsed.matchedOptionValue(DRY_RUN, false),
                            report);
        }
    }

    private static final class Verify extends Command {

        private static final String REPAIR = "--repair";

        Verify(CommandContext context) {
            super(
                    context,
                    "Reads everything back from disk and names what is damaged: blocks and records that their own digests don't"
                            + " fit, and step results whose files differ in name, kind, mode, owner, size, time or content from"
                            + " what they were when that was first looked at, the content at the first verify. A damaged record"
                            + " counts as a missing one to every build.",
                    "  metal-images cache verify",
                    "  metal-images cache verify --repair");
            option(OptionSpec.builder(REPAIR)
                    .description("Remove what is damaged, so that it is made again when it is needed."));
            OutputOptions.addTo(description());
        }

        @Override
        protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
                throws Exception {
            new CacheWork(context).verify(parsed.matchedOptionValue(REPAIR, false), report);
        }
    }
}

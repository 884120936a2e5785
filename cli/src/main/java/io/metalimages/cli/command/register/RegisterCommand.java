package io.metalimages.cli.command.register;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.StoreOptions;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images register}. */
public final class RegisterCommand extends Command {

    private static final String CLASSIFICATION = "--classification";
    private static final String FEATURE = "--feature";
    private static final String EXPIRES = "--expires";
    private static final String DRY_RUN = "--dry-run";

    public RegisterCommand(CommandContext context) {
        super(
                context,
                "Tells metal-api of the images of a release, so that machines can have them. What metal-api knows is "
                        + "changed where it differs; running it again changes nothing. First it looks whether the images "
                        + "can be fetched, and are those of the store.",
                "  metal-images register 20230710 --store /srv/images --dry-run",
                "  metal-images register 20230710 debian/12 --store s3://images.example.com \\",
                "      --url-base https://images.example.com --api https://api.example.com",
                "  metal-images register 20230710 --store gs://images.example.com \\",
                "      --classification supported --expires 365 --hmac-file /run/hmac");
        StoreOptions.addStore(description());
        StoreOptions.addUrlBase(description());
        description()
                .addPositional(PositionalParamSpec.builder()
                        .index("0")
                        .paramLabel("DATE|CHANNEL")
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .description("A release, as 20230710; or stable, whose images are replaced by the next build.")
                        .build())
                .addPositional(PositionalParamSpec.builder()
                        .index("1..*")
                        .paramLabel("IMAGE")
                        .arity("0..*")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("debian/12. Default: all images of the release.")
                        .build());
        MetalApiSettings.addTo(description());
        description()
                .addOption(OptionSpec.builder(CLASSIFICATION)
                        .type(String.class)
                        .paramLabel("preview|supported|deprecated")
                        .description("How far the images can be relied on. Default: preview for those that are new; "
                                + "others stay what they are.")
                        .build())
                .addOption(OptionSpec.builder(FEATURE)
                        .arity("1")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .paramLabel("machine|firewall")
                        .description("What can be made of the images; again for the other one. Default: firewall for "
                                + "firewall images, else machine")
                        .build())
                .addOption(OptionSpec.builder(EXPIRES)
                        .type(String.class)
                        .paramLabel("DAYS|DATE")
                        .description("Until when machines can have them: days from today, or a day as 2031-12-31. "
                                + "Default: 90 days for those that are new; others stay as they are.")
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
        new RegisterWork(
                        new RegisterWork.Request(
                                parsed.matchedPositionalValue(0, ""),
                                parsed.matchedPositionalValue(1, List.of()),
                                StoreOptions.store(parsed),
                                StoreOptions.urlBase(parsed),
                                MetalApiSettings.from(parsed),
                                Optional.ofNullable(parsed.matchedOptionValue(CLASSIFICATION, null)),
                                parsed.matchedOptionValue(FEATURE, List.of()),
                                Optional.ofNullable(parsed.matchedOptionValue(EXPIRES, null)),
                                parsed.matchedOptionValue(DRY_RUN, false)),
                        options,
                        context)
                .register(report);
    }
}

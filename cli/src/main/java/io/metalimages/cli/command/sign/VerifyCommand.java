package io.metalimages.cli.command.sign;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images verify}. */
public final class VerifyCommand extends Command {

    private static final String KEY = "--key";
    private static final String NAME = "--name";
    private static final String NOT_BEFORE = "--not-before";
    private static final String TESTED = "--tested";

    public VerifyCommand(CommandContext context) {
        super(
                context,
                "Verifies that all files of an image are those that were built, and who signed them. Reads images in a"
                        + " store by the index of their channel, and keeps nothing of them.",
                "  metal-images verify debian/12 --key public.pem",
                "  metal-images verify https://images.metal-stack.io/metal-os/stable/debian/12/ --key public.pem",
                "  metal-images verify s3://images.example.com/metal-os/20260101/debian/12 --key public.pem",
                "  metal-images verify debian/12 --key public.pem --not-before 2026-06-01",
                "  metal-images verify debian/12 --json");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("IMAGE")
                        .arity("1..*")
                        .required(true)
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("The name of an image below images, a directory or tarball, or the URL of an image"
                                + " on a server or in a store.")
                        .build())
                .addOption(OptionSpec.builder(KEY)
                        .type(List.class)
                        .auxiliaryTypes(Path.class)
                        .arity("1")
                        .paramLabel("FILE")
                        .description("A public key in PEM form, one of which must have signed the image. May be given"
                                + " several times. Otherwise the keys themselves may be in METAL_IMAGES_VERIFY_KEY; if"
                                + " they are not, nothing is said about who made the image.")
                        .build());
        description()
                .addOption(OptionSpec.builder(NAME)
                        .type(String.class)
                        .paramLabel("NAME")
                        .description("The image that it has to be, such as debian/12. Without it, what its place below"
                                + " images, or in a store, says.")
                        .build())
                .addOption(OptionSpec.builder(NOT_BEFORE)
                        .type(String.class)
                        .paramLabel("DATE")
                        .description("The first day, as 2026-01-31, of which the sources of the image may be: an older"
                                + " image that was signed once is refused.")
                        .build())
                .addOption(OptionSpec.builder(TESTED)
                        .description(
                                "The image has to have passed its full test, and whoever says so has to have signed"
                                        + " that.")
                        .build());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new VerifyWork(
                        parsed.matchedOptionValue(KEY, List.of()),
                        Optional.ofNullable(parsed.<String>matchedOptionValue(NAME, null)),
                        Optional.ofNullable(parsed.<String>matchedOptionValue(NOT_BEFORE, null)),
                        parsed.matchedOptionValue(TESTED, false),
                        options,
                        context)
                .verify(parsed.matchedPositionalValue(0, List.of()), report);
    }
}

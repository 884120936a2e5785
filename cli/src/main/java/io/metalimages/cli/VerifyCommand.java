package io.metalimages.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images verify}. */
final class VerifyCommand extends Command {

    private static final String KEY = "--key";

    VerifyCommand(Surroundings surroundings) {
        super(
                surroundings,
                "Verifies that all files of an image are those that were built, and who signed them. Reads images in a"
                        + " store by the index of their channel, and keeps nothing of them.",
                "  metal-images verify debian/12 --key public.pem",
                "  metal-images verify https://images.metal-stack.io/metal-os/stable/debian/12/ --key public.pem",
                "  metal-images verify s3://images.example.com/metal-os/20260101/debian/12 --key public.pem",
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
        OutputOptions.addTo(description());
    }

    @Override
    void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report) throws Exception {
        new VerifyWork(parsed.matchedOptionValue(KEY, List.of()), options, surroundings)
                .verify(parsed.matchedPositionalValue(0, List.of()), report);
    }
}

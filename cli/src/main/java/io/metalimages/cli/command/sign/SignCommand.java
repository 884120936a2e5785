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

/** {@code metal-images sign}. */
public final class SignCommand extends Command {

    private static final String KEY = "--key";

    public SignCommand(CommandContext context) {
        super(
                context,
                "Signs images: their provenance, through it all of their files, and the result of their test.",
                "  metal-images sign debian/12 --key key.pem",
                "  METAL_IMAGES_SIGNING_KEY=\"$(cat key.pem)\" metal-images sign debian/12 debian/13",
                "  openssl genpkey -algorithm ed25519 -out key.pem     makes a key, to be kept secret",
                "  openssl pkey -in key.pem -pubout -out public.pem    writes what verifies its signatures");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("IMAGE")
                        .arity("1..*")
                        .required(true)
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("The name of an image below images, or a directory or tarball.")
                        .build())
                .addOption(OptionSpec.builder(KEY)
                        .type(Path.class)
                        .paramLabel("FILE")
                        .description(
                                "The Ed25519 key to sign with, in PEM form. Otherwise the key itself is expected in"
                                        + " METAL_IMAGES_SIGNING_KEY.")
                        .build());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new SignWork(Optional.ofNullable(parsed.matchedOptionValue(KEY, null)), context)
                .sign(parsed.matchedPositionalValue(0, List.of()), report);
    }
}

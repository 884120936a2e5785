package io.metalimages.cli.command;

import io.metalimages.build.Definitions;
import io.metalimages.cli.display.CommandContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The option that names a directory with definitions of the user's own, beside those of the checkout. */
public final class DefinitionsOption {

    private static final String OS_DIR = "--os-dir";

    /** The environment variable that stands in for {@link #OS_DIR}. */
    private static final String ENVIRONMENT = "METAL_IMAGES_OS_DIR";

    private DefinitionsOption() {}

    public static void addTo(CommandSpec command) {
        command.addOption(OptionSpec.builder(OS_DIR)
                .type(Path.class)
                .paramLabel("DIR")
                .description("A directory with definitions of your own, laid out like os/. Images in it may start from"
                        + " those of the checkout. Default: METAL_IMAGES_OS_DIR, else none")
                .build());
    }

    /** The directory that the user names; empty for none. */
    public static Optional<Path> directory(ParseResult parsed, CommandContext context) {
        return Optional.ofNullable(parsed.<Path>matchedOptionValue(OS_DIR, null))
                .or(() -> Optional.of(context.environment().getOrDefault(ENVIRONMENT, ""))
                        .filter(value -> !value.isEmpty())
                        .map(Path::of));
    }

    /** The definitions of the user's own, and those of the checkout. */
    public static Definitions read(ParseResult parsed, CommandContext context) throws IOException {
        return with(directory(parsed, context), context);
    }

    /** The definitions of the checkout, and those in {@code directory}, if that is there. */
    public static Definitions existing(Path directory, CommandContext context) throws IOException {
        return with(Optional.of(directory).filter(Files::isDirectory), context);
    }

    /** The checkout's own directory may be named, too. */
    private static Definitions with(Optional<Path> own, CommandContext context) throws IOException {
        return Definitions.in(
                Stream.concat(own.stream(), Stream.of(context.definitions()))
                        .map(directory -> directory.toAbsolutePath().normalize())
                        .distinct()
                        .toList(),
                context.environment());
    }
}

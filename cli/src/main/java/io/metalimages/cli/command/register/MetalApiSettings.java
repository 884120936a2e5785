package io.metalimages.cli.command.register;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Which metal-api the user means, and what to show to it: the options that all commands that talk to it have in common.
 * A secret is never an argument, for those can be seen in the list of processes. {@link MetalApiAccess} takes it from there.
 *
 * @param address as the user wrote it
 */
public record MetalApiSettings(Optional<String> address, Optional<Path> keyFile, Optional<Path> tokenFile) {

    private static final String ADDRESS = "--api";
    private static final String KEY_FILE = "--hmac-file";
    private static final String TOKEN_FILE = "--token-file";

    /** Adds them to a command. */
    public static void addTo(CommandSpec command) {
        command.addOption(OptionSpec.builder(ADDRESS)
                .type(String.class)
                .paramLabel("URL")
                .description(
                        "The address of metal-api, as in https://api.example.com/metal. Default: $METALCTL_API_URL")
                .build());
        command.addOption(OptionSpec.builder(KEY_FILE)
                .type(Path.class)
                .paramLabel("FILE")
                .description("A file with an HMAC key. Default: the key in $METALCTL_HMAC, which is of the type in "
                        + "$METALCTL_HMAC_AUTH_TYPE (Metal-Admin)")
                .build());
        command.addOption(OptionSpec.builder(TOKEN_FILE)
                .type(Path.class)
                .paramLabel("FILE")
                .description("A file with a token. Default: the token in $METALCTL_API_TOKEN")
                .build());
    }

    /** What the user said. */
    public static MetalApiSettings from(ParseResult parsed) {
        return new MetalApiSettings(
                Optional.ofNullable(parsed.matchedOptionValue(ADDRESS, null)),
                Optional.ofNullable(parsed.matchedOptionValue(KEY_FILE, null)),
                Optional.ofNullable(parsed.matchedOptionValue(TOKEN_FILE, null)));
    }
}

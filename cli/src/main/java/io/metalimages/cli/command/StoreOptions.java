package io.metalimages.cli.command;

import io.metalimages.store.channel.StoreSettings;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options that say which store is meant, and where it is seen from outside. */
public final class StoreOptions {

    private static final String STORE = "--store";
    private static final String URL_BASE = "--url-base";
    private static final String CHANGE_URL_BASE = "--change-url-base";

    private StoreOptions() {}

    /** Adds {@code --store}, which has to be given. */
    public static void addStore(CommandSpec command) {
        command.addOption(OptionSpec.builder(STORE)
                .required(true)
                .type(String.class)
                .paramLabel("URL")
                .description(
                        "A directory, as a path or as file:///DIRECTORY; or a bucket, as s3://BUCKET/PREFIX with the "
                                + "options endpoint, path-style, region and conditional-writes behind a question mark, or "
                                + "gs://BUCKET/PREFIX with endpoint and credentials=none. Credentials come from the environment "
                                + "or ~/.aws, or as for all of Google's tools.")
                .build());
    }

    /** Adds {@code --url-base}. */
    public static void addUrlBase(CommandSpec command) {
        command.addOption(OptionSpec.builder(URL_BASE)
                .type(String.class)
                .paramLabel("URL")
                .description(
                        "Where machines see the root of the store: what comes before /metal-os. Default: what is kept "
                                + "in the store, or " + StoreSettings.USUAL_URL_BASE)
                .build());
    }

    /** Adds {@code --url-base}, and {@code --change-url-base} for a store that keeps another one. */
    public static void addKeptUrlBase(CommandSpec command) {
        addUrlBase(command);
        command.addOption(OptionSpec.builder(CHANGE_URL_BASE)
                .description(
                        "Keep the address of --url-base in the store instead of the one that is kept there. A store "
                                + "without one keeps it anyway.")
                .build());
    }

    public static String store(ParseResult parsed) {
        return parsed.matchedOptionValue(STORE, "");
    }

    public static Optional<String> urlBase(ParseResult parsed) {
        return Optional.ofNullable(parsed.matchedOptionValue(URL_BASE, null));
    }

    public static boolean changesUrlBase(ParseResult parsed) {
        return parsed.matchedOptionValue(CHANGE_URL_BASE, false);
    }
}

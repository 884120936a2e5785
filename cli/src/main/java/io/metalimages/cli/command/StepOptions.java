package io.metalimages.cli.command;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The options that limit what a step uses up. */
public final class StepOptions {

    static final String TIMEOUT = "--step-timeout";
    static final String MEMORY = "--step-memory";
    static final String PROCESSES = "--step-processes";
    static final String LOG_SIZE = "--step-log-size";

    private StepOptions() {}

    public static void addTo(CommandSpec description) {
        description
                .addOption(option(TIMEOUT, "TIME", "The longest that a step may run: 90s, 30m, 12h. Default: 6h"))
                .addOption(option(MEMORY, "SIZE", "The most memory of a step: 512m, 8g. Default: no limit"))
                .addOption(option(PROCESSES, "NUMBER", "The most processes and threads of a step. Default: 4096"))
                .addOption(option(LOG_SIZE, "SIZE", "The most output of a step that is shown and kept. Default: 256m"));
    }

    private static OptionSpec option(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }
}

package io.metalimages.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images build}. */
final class BuildCommand extends Command {

    private static final String OUTPUT = "--output";
    private static final String NO_CACHE = "--no-cache";
    private static final String PULL = "--pull";
    private static final String EPOCH = "--epoch";

    BuildCommand(Surroundings surroundings) {
        super(
                surroundings,
                "Builds images: img.tar.lz4, its checksums, and the list of its packages.",
                "  metal-images build debian/12",
                "  metal-images build debian/12 debian/13 --output /srv/images",
                "  metal-images build debian --json --progress plain >result.json",
                "  metal-images build debian/12 --no-cache --verbose");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("NAME[/VERSION]")
                        .arity("1..*")
                        .required(true)
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("The images to build, see: metal-images list. Without a version, the usual one.")
                        .build())
                .addOption(OptionSpec.builder("-o", OUTPUT)
                        .type(Path.class)
                        .paramLabel("DIR")
                        .description("Put each image into DIR/NAME/VERSION. Default: images")
                        .build())
                .addOption(OptionSpec.builder(NO_CACHE)
                        .description("Run every step, even one whose result is there.")
                        .build())
                .addOption(OptionSpec.builder(PULL)
                        .description("Look whether the archives that bases come from have changed.")
                        .build())
                .addOption(OptionSpec.builder(EPOCH)
                        .type(String.class)
                        .paramLabel("SECONDS")
                        .description("The time, in seconds since 1970, that files get which the build made. "
                                + "Default: SOURCE_DATE_EPOCH, else the time of the commit that is checked out, else "
                                + "that of the definition's youngest file.")
                        .build());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report) throws Exception {
        new BuildWork(
                        parsed.matchedOptionValue(OUTPUT, Path.of("images")),
                        parsed.matchedOptionValue(NO_CACHE, false),
                        parsed.matchedOptionValue(PULL, false),
                        Optional.ofNullable(parsed.matchedOptionValue(EPOCH, null)),
                        options,
                        surroundings)
                .build(parsed.matchedPositionalValue(0, List.of()), report);
    }
}

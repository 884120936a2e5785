package io.metalimages.cli.command.build;

import io.metalimages.build.BuildOptions;
import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.DefinitionsOption;
import io.metalimages.cli.command.StepArguments;
import io.metalimages.cli.command.StepOptions;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images build}. */
public final class BuildCommand extends Command {

    private static final String OUTPUT = "--output";
    private static final String NO_CACHE = "--no-cache";
    private static final String PULL = "--pull";
    private static final String WITHOUT_SECURITY = "--without-security";
    private static final String NO_CHECK = "--no-check";
    private static final String EPOCH = "--epoch";
    private static final String BUILD_ARGUMENT = "--build-arg";
    private static final String BUILD_CONTEXT = "--build-context";

    private static final String NETWORK = "--network";
    private static final String SECRET = "--secret";
    private static final String SSH = "--ssh";

    public BuildCommand(CommandContext context) {
        super(
                context,
                "Builds images: img.tar.lz4, its checksums, and the list of its packages.",
                "  metal-images build debian/12",
                "  metal-images build debian/12 debian/13 --output /srv/images",
                "  metal-images build debian --json --progress plain >result.json",
                "  metal-images build debian/12 --build-context debian:bookworm=./my-root",
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
                .addOption(OptionSpec.builder(WITHOUT_SECURITY)
                        .description("Make bases without their distribution's security updates, which is an error"
                                + " otherwise where no archive has them.")
                        .build())
                .addOption(OptionSpec.builder(NO_CHECK)
                        .description("Do not fail if no machine could boot the image: for one that is only the base of"
                                + " others.")
                        .build())
                .addOption(OptionSpec.builder(EPOCH)
                        .type(String.class)
                        .paramLabel("SECONDS")
                        .description("The time, in seconds since 1970, that files get which the build made. "
                                + "Default: SOURCE_DATE_EPOCH, else the time of the commit that is checked out, else "
                                + "that of the definition's youngest file.")
                        .build());
        description()
                .addOption(named(BUILD_ARGUMENT, "NAME=VALUE")
                        .description(
                                "The value of an ARG of the Dockerfile, instead of the one in docker-make.yaml. May be"
                                        + " given several times.")
                        .build())
                .addOption(named(BUILD_CONTEXT, "NAME=PLACE")
                        .description("What FROM and --from mean by a name: a directory, docker-image://IMAGE"
                                + " or oci-layout://PATH[:TAG]. May be given several times.")
                        .build());
        description()
                .addOption(OptionSpec.builder(NETWORK)
                        .type(String.class)
                        .paramLabel("default|host|none")
                        .description("The network of a step whose RUN names none. default: one of its own, from which"
                                + " connections lead out, but not to this machine's loopback addresses. host: this"
                                + " machine's. Default: default")
                        .build());
        description()
                .addOption(repeated(SECRET, "id=NAME[,src=FILE|,env=VARIABLE]")
                        .description(
                                "A secret for steps that mount it. It is part of no image, key or log. May be given"
                                        + " several times.")
                        .build())
                .addOption(repeated(SSH, "NAME[=SOCKET]")
                        .description("An SSH agent for steps that mount it; without SOCKET the one that SSH_AUTH_SOCK"
                                + " names. May be given several times.")
                        .build());
        DefinitionsOption.addTo(description());
        StepOptions.addTo(description());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    private static OptionSpec.Builder named(String name, String label) {
        return OptionSpec.builder(name)
                .type(Map.class)
                .auxiliaryTypes(String.class, String.class)
                .paramLabel(label);
    }

    private static OptionSpec.Builder repeated(String name, String label) {
        return OptionSpec.builder(name)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label);
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new BuildWork(
                        DefinitionsOption.read(parsed, context),
                        parsed.matchedOptionValue(OUTPUT, Path.of("images")),
                        new BuildOptions(
                                parsed.matchedOptionValue(NO_CACHE, false),
                                parsed.matchedOptionValue(PULL, false),
                                parsed.matchedOptionValue(WITHOUT_SECURITY, false),
                                StepArguments.network(parsed.matchedOptionValue(NETWORK, "default")),
                                StepArguments.limits(parsed),
                                CredentialArguments.read(
                                        parsed.matchedOptionValue(SECRET, List.of()),
                                        parsed.matchedOptionValue(SSH, List.of()),
                                        context.environment())),
                        !parsed.matchedOptionValue(NO_CHECK, false),
                        Optional.ofNullable(parsed.matchedOptionValue(EPOCH, null)),
                        parsed.matchedOptionValue(BUILD_ARGUMENT, Map.of()),
                        parsed.matchedOptionValue(BUILD_CONTEXT, Map.of()),
                        options,
                        context)
                .build(parsed.matchedPositionalValue(0, List.of()), report);
    }
}

package io.metalimages.cli.command.push;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images push}. */
public final class PushCommand extends Command {

    private static final String TO = "--to";
    private static final String NAME = "--name";
    private static final String TAG = "--tag";
    private static final String ATTACH = "--attach";
    private static final String ANNOTATION = "--annotation";
    private static final String PLAIN_HTTP = "--plain-http";

    public PushCommand(CommandContext context) {
        super(
                context,
                "Pushes an image to a container registry, for scanners to look at: one layer, the same each time. "
                        + "Credentials are those of docker login, podman login or skopeo login.",
                "  metal-images push debian/12 --to quay.io/NAMESPACE        becomes NAMESPACE/debian:12-stable",
                "  metal-images push debian/12 --to localhost:5000 --tag 12 --tag latest",
                "  metal-images push debian/12 --to quay.io/NAMESPACE --attach sbom.json:application/vnd.cyclonedx+json",
                "  metal-images push debian/12 --to quay.io/NAMESPACE --annotation revision=$(git rev-parse HEAD)",
                "  metal-images push /tmp/img.tar.lz4 --name debian/12 --to quay.io/NAMESPACE --json");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("IMAGE")
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .description("The name of an image below images, a directory or tarball, or a URL.")
                        .build());
        option(OptionSpec.builder(TO)
                .required(true)
                .type(String.class)
                .paramLabel("REGISTRY/NAMESPACE")
                .description("Where to: the image debian/12 goes to REGISTRY/NAMESPACE/debian."));
        option(OptionSpec.builder(NAME)
                .type(String.class)
                .paramLabel("OS/VERSION")
                .description("What the image is called, where IMAGE does not say it."));
        option(list(TAG, "TAG", "A tag, instead of VERSION-stable; again for each further one."));
        option(list(
                ATTACH,
                "FILE:TYPE",
                "A file that is to refer to the image, such as its bill of materials, and its media type; again for each "
                        + "further one."));
        option(list(
                ANNOTATION,
                "NAME=VALUE",
                "Something to say of the image; names of the OCI image specification may be written without "
                        + "org.opencontainers.image. before them: revision, source, base.name."));
        option(OptionSpec.builder(PLAIN_HTTP)
                .description("Talk to the registry without encryption, credentials included. This machine's own "
                        + "(localhost) is always talked to so."));
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    private static OptionSpec.Builder list(String name, String label, String text) {
        return OptionSpec.builder(name)
                .arity("1")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label)
                .description(text);
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new PushWork(
                        new PushWork.Request(
                                parsed.matchedOptionValue(TO, ""),
                                Optional.ofNullable(parsed.matchedOptionValue(NAME, null)),
                                parsed.matchedOptionValue(TAG, List.of()),
                                parsed.matchedOptionValue(ATTACH, List.of()),
                                parsed.matchedOptionValue(ANNOTATION, List.of()),
                                parsed.matchedOptionValue(PLAIN_HTTP, false)),
                        options,
                        context)
                .push(parsed.matchedPositionalValue(0, ""), report);
    }
}

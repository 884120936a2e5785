package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.MountSpecification;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.engine.Operation;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** Lowers the mounts of one {@code RUN}. */
final class MountLowering {

    private static final int MODE_OF_CACHE = 0755;
    private static final int MODE_OF_SECRET = 0400;
    private static final int MODE_OF_AGENT = 0600;

    private final Lowering.File file;
    private final Stage stage;
    private final StageScope scope;
    private final SourceRange range;
    private int agents;

    MountLowering(Lowering.File file, Stage stage, StageScope scope, SourceRange range) {
        this.file = file;
        this.stage = stage;
        this.scope = scope;
        this.range = range;
    }

    Operation.Mount mount(MountSpecification specification) throws IOException, InterruptedException {
        return switch (specification) {
            case MountSpecification.Bind bind ->
                new Operation.Mount.Bind(target(bind.target()), files(bind.from()), bind.source(), !bind.readOnly());
            case MountSpecification.Cache cache -> cache(cache);
            case MountSpecification.Tmpfs memory ->
                new Operation.Mount.Temporary(
                        target(memory.target()),
                        memory.size().isPresent() ? Optional.of(memory.size().getAsLong()) : Optional.empty(),
                        memory.readOnly());
            case MountSpecification.Secret secret ->
                new Operation.Mount.Secret(
                        secret.id(),
                        secret.target().map(this::target),
                        secret.variable(),
                        secret.required(),
                        secret.mode().orElse(MODE_OF_SECRET),
                        id(secret.user()),
                        id(secret.group()));
            case MountSpecification.Ssh agent ->
                new Operation.Mount.Agent(
                        agent.id(),
                        agent.target().map(this::target).orElseGet(() -> "/run/buildkit/ssh_agent." + agents++),
                        agent.required(),
                        agent.mode().orElse(MODE_OF_AGENT),
                        id(agent.user()),
                        id(agent.group()));
        };
    }

    private Operation.FileSource files(Optional<String> from) throws IOException, InterruptedException {
        return from.isPresent() ? file.files(from.get(), stage.index(), range) : file.context();
    }

    private Operation.Mount cache(MountSpecification.Cache cache) throws IOException, InterruptedException {
        if (cache.from().isEmpty()
                && !cache.source().isEmpty()
                && !cache.source().equals("/")) {
            throw StageScope.unsupported(
                    range,
                    "RUN --mount=type=cache with source= but without from=",
                    "Mount the whole cache, and use the directory in it.");
        }
        return new Operation.Mount.Cache(
                target(cache.target()),
                cache.id(),
                cache.sharing() == MountSpecification.Sharing.SHARED
                        ? Operation.Sharing.SHARED
                        : Operation.Sharing.LOCKED,
                cache.mode().orElse(MODE_OF_CACHE),
                id(cache.user()),
                id(cache.group()),
                cache.from().isPresent() ? Optional.of(files(cache.from())) : Optional.empty(),
                cache.source(),
                cache.readOnly());
    }

    /** Without one it is the working directory, which can't be the root: nothing of the image would be left. */
    private String target(String path) {
        String absolute = scope.absolute(path, range);
        if (absolute.equals("/")) {
            throw FaultException.wrongInput(
                    range + ": the mount has no target but the root of the image.", "Add target=PATH.");
        }
        return absolute;
    }

    private int id(OptionalLong number) {
        return Integer.parseInt(StageScope.owner("the mount's owner", Long.toString(number.orElse(0)), range));
    }
}

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

    private static final int USUAL_MODE = 0755;

    private final Lowering.File file;
    private final Stage stage;
    private final StageScope scope;
    private final SourceRange range;

    MountLowering(Lowering.File file, Stage stage, StageScope scope, SourceRange range) {
        this.file = file;
        this.stage = stage;
        this.scope = scope;
        this.range = range;
    }

    Operation.Mount mount(MountSpecification specification) throws IOException, InterruptedException {
        return switch (specification) {
            case MountSpecification.Bind bind -> {
                Operation.FileSource files =
                        bind.from().isPresent() ? file.files(bind.from().get(), stage.index(), range) : file.context();
                if (!bind.readOnly()) {
                    throw StageScope.unsupported(
                            range, "RUN --mount=type=bind,rw", "Copy the files in a stage of their own.");
                }
                yield new Operation.Mount.Bind(target(bind.target()), files, bind.source());
            }
            case MountSpecification.Cache cache -> {
                if (cache.from().isPresent() || cache.readOnly()) {
                    throw StageScope.unsupported(range, "from= or ro of RUN --mount=type=cache", "Leave it out.");
                }
                yield new Operation.Mount.Cache(
                        target(cache.target()),
                        cache.id(),
                        cache.sharing() == MountSpecification.Sharing.SHARED
                                ? Operation.Sharing.SHARED
                                : Operation.Sharing.LOCKED,
                        cache.mode().orElse(USUAL_MODE),
                        id(cache.user()),
                        id(cache.group()));
            }
            case MountSpecification.Tmpfs memory ->
                new Operation.Mount.Temporary(
                        target(memory.target()),
                        memory.size().isPresent() ? Optional.of(memory.size().getAsLong()) : Optional.empty());
            case MountSpecification.Secret _ ->
                throw StageScope.unsupported(range, "RUN --mount=type=secret", "Leave it out.");
            case MountSpecification.Ssh _ ->
                throw StageScope.unsupported(range, "RUN --mount=type=ssh", "Leave it out.");
        };
    }

    private String target(String path) {
        if (path.isEmpty()) {
            throw FaultException.wrongInput(range + ": the mount has no target.", "Add target=PATH.");
        }
        return scope.absolute(path, range);
    }

    private int id(OptionalLong number) {
        return Integer.parseInt(StageScope.owner("the mount's owner", Long.toString(number.orElse(0)), range));
    }
}

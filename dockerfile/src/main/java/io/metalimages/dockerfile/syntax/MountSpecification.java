package io.metalimages.dockerfile.syntax;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What one {@code --mount} of {@code RUN} asks for.
 *
 * <p>A target that doesn't begin with a slash is relative to the working directory; an empty one is the working directory.
 * Modes are the permission bits, user and group are numeric.
 */
public sealed interface MountSpecification {

    /** Files of the build context, or of a stage, image or other context. */
    record Bind(String target, Optional<String> from, String source, boolean readOnly) implements MountSpecification {}

    /**
     * A directory that outlives the build.
     *
     * @param id what tells caches apart; the cleaned target unless it is given
     * @param from the stage, image or context whose files an empty cache begins with
     */
    record Cache(
            String target,
            String id,
            Sharing sharing,
            Optional<String> from,
            String source,
            OptionalInt mode,
            OptionalLong user,
            OptionalLong group,
            boolean readOnly)
            implements MountSpecification {}

    /** Who may use a cache at the same time. */
    enum Sharing {
        /** All builds. */
        SHARED,
        /** One build; another gets a cache of its own. */
        PRIVATE,
        /** One build; another waits. */
        LOCKED
    }

    /**
     * An empty directory in memory.
     *
     * @param size the most that it may hold, in bytes
     */
    record Tmpfs(String target, OptionalLong size, boolean readOnly) implements MountSpecification {}

    /**
     * A secret of the user, as a file, as an environment variable, or both.
     *
     * @param id the secret's name
     * @param target the file; absent if it is wanted as a variable only
     * @param variable the variable; absent if it is wanted as a file only
     * @param required whether the build fails if the secret isn't given
     */
    record Secret(
            String id,
            Optional<String> target,
            Optional<String> variable,
            boolean required,
            OptionalInt mode,
            OptionalLong user,
            OptionalLong group)
            implements MountSpecification {}

    /**
     * The user's SSH agent.
     *
     * @param id the agent's name, {@code default} unless it is given
     * @param target the socket, if its place is given
     * @param required whether the build fails if the agent isn't given
     */
    record Ssh(
            String id,
            Optional<String> target,
            boolean required,
            OptionalInt mode,
            OptionalLong user,
            OptionalLong group)
            implements MountSpecification {}
}

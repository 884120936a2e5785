package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.files.ModeChange;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One thing to be done to a file system, and through its inputs the graph of everything before it. Immutable; two
 * operations share an input by holding the same object.
 *
 * <p>What an operation makes must depend on nothing but its definition and its inputs: its result is kept under their
 * digests and used again. A label is no part of the definition.
 */
public sealed interface Operation {

    Label label();

    /** The operations whose results this one needs. */
    List<Operation> inputs();

    /**
     * What the user calls an operation.
     *
     * @param name one line, {@code [system 3/7] RUN apt-get update}
     * @param location {@code os/debian/Dockerfile:12}, or empty when it stands in no file
     * @param identity stays the same while the operation is edited, so that a changed input can be named: {@code
     *     debian/12 system 3}
     */
    record Label(String name, String location, String identity) {}

    /** An empty file system. */
    record Scratch(Label label) implements Operation {
        @Override
        public List<Operation> inputs() {
            return List.of();
        }
    }

    /** A file system that was made before, and is kept as long as this process needs it. */
    record Kept(Label label, Snapshot snapshot) implements Operation {
        @Override
        public List<Operation> inputs() {
            return List.of();
        }
    }

    /** A file system that comes from outside. */
    record Base(Label label, BaseSource source) implements Operation {
        @Override
        public List<Operation> inputs() {
            return List.of();
        }
    }

    /** Where a base comes from. */
    interface BaseSource {

        /** Everything that decides what {@link #unpack} makes; equal definitions make the same base. */
        String definition();

        /**
         * Puts the file system into {@code directory}, which is empty.
         *
         * @param output takes what there is to be told on the way, line by line
         * @throws FaultException if the base can't be had
         * @throws InterruptedException if the thread was interrupted; nothing is left running
         */
        void unpack(Path directory, ProcessLauncher launcher, Consumer<String> output)
                throws IOException, InterruptedException;
    }

    /** A file system that comes from outside in layers, each of which is kept for all that have it. */
    record Layers(Label label, LayerSource source) implements Operation {
        @Override
        public List<Operation> inputs() {
            return List.of();
        }
    }

    /** Where layers come from. */
    interface LayerSource {

        /** What the layers are: the digests of their archives when those are not compressed, the lowest first; at least one. */
        List<Digest> layers();

        /** What messages call a layer, by its index: {@code layer 3 of 12 of debian:bookworm (sha256:…)}. */
        String name(int index);

        /**
         * The archive of a layer, as it is compressed. Several are read at once.
         *
         * @throws FaultException if it can't be had
         */
        InputStream open(int index) throws IOException, InterruptedException;
    }

    /**
     * Runs a program in a container on {@code input}.
     *
     * @param arguments the program, looked up in the container's {@code PATH}, and its arguments
     * @param environment complete: nothing is added but a {@code HOME} where there is none
     * @param workingDirectory absolute; made when missing
     * @param user {@code name}, {@code uid}, {@code name:group} or {@code uid:gid}; empty for root
     */
    record Run(
            Label label,
            Operation input,
            List<String> arguments,
            Map<String, String> environment,
            String workingDirectory,
            String user,
            Network network,
            List<Mount> mounts)
            implements Operation {

        public Run {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
            mounts = List.copyOf(mounts);
        }

        @Override
        public List<Operation> inputs() {
            return Stream.concat(
                            Stream.of(input),
                            mounts.stream()
                                    .flatMap(mount -> switch (mount) {
                                        case Mount.Bind bind -> Stream.of(bind.from());
                                        case Mount.Cache cache -> cache.from().stream();
                                        case Mount.Temporary _, Mount.Inline _, Mount.Secret _, Mount.Agent _ ->
                                            Stream.<FileSource>empty();
                                    })
                                    .filter(FileSource.OfOperation.class::isInstance)
                                    .map(files -> ((FileSource.OfOperation) files).operation()))
                    .toList();
        }
    }

    /** Something that a container sees while it runs, and that is no part of what it makes. Targets are absolute. */
    sealed interface Mount {

        /**
         * A directory that is kept from one run to the next and never part of a result.
         *
         * @param from what it begins with; empty for nothing
         * @param source the directory of {@code from} that it begins with
         */
        record Cache(
                String target,
                String id,
                Sharing sharing,
                int mode,
                int user,
                int group,
                Optional<FileSource> from,
                String source,
                boolean readOnly)
                implements Mount {

            /** One that begins empty. */
            public Cache(String target, String id, Sharing sharing, int mode, int user, int group) {
                this(target, id, sharing, mode, user, group, Optional.empty(), "", false);
            }
        }

        /** A directory or file of another file system. What is written to it is lost. */
        record Bind(String target, FileSource from, String source, boolean writable) implements Mount {

            /** One that can only be read. */
            public Bind(String target, FileSource from, String source) {
                this(target, from, source, false);
            }
        }

        /** An empty directory in memory; {@code bytes} at the most, if given. */
        record Temporary(String target, Optional<Long> bytes, boolean readOnly) implements Mount {

            /** One that can be written to. */
            public Temporary(String target, Optional<Long> bytes) {
                this(target, bytes, false);
            }
        }

        /** A small read-only file that is part of the operation's definition, such as the body of a script. */
        record Inline(String target, String content, int mode) implements Mount {}

        /**
         * A secret of the user, if it is given.
         *
         * @param target of a file with it; empty for none
         * @param variable the environment variable that it is in; empty for none
         */
        record Secret(
                String id,
                Optional<String> target,
                Optional<String> variable,
                boolean required,
                int mode,
                int user,
                int group)
                implements Mount {}

        /** The socket of an SSH agent of the user, if it is given. */
        record Agent(String id, String target, boolean required, int mode, int user, int group) implements Mount {}
    }

    /** Who may use a cache at the same time. */
    enum Sharing {
        /** Everybody. */
        SHARED,
        /** One after the other. */
        LOCKED
    }

    /**
     * Copies files into {@code input}, one source after the other.
     *
     * @param destination absolute; a directory when it ends in a slash or is one already
     * @param owner {@code user[:group]} by name or number; empty: root, or with {@link FileSource.OfOperation} the owner that
     *     the source has
     * @param mode of every copied file and directory; empty: those of the source
     */
    record Copy(
            Label label,
            Operation input,
            List<Source> sources,
            String destination,
            String owner,
            Optional<ModeChange> mode)
            implements Operation {

        public Copy {
            sources = List.copyOf(sources);
        }

        /** A copy of everything that patterns name, with the modes that it has. */
        public static Copy of(
                Label label,
                Operation input,
                FileSource from,
                List<String> patterns,
                String destination,
                String owner) {
            return new Copy(label, input, List.of(Source.of(from, patterns)), destination, owner, Optional.empty());
        }

        @Override
        public List<Operation> inputs() {
            return Stream.concat(
                            Stream.of(input),
                            sources.stream()
                                    .map(Source::from)
                                    .filter(FileSource.OfOperation.class::isInstance)
                                    .map(files -> ((FileSource.OfOperation) files).operation()))
                    .toList();
        }
    }

    /**
     * What a copy takes.
     *
     * @param patterns paths below {@code from}, with the wildcards of {@code filepath.Match}; one without wildcards must
     *     name something
     * @param within which files of a directory that a pattern names are taken, by their paths below it
     * @param required a path below {@code from} that must be there, whatever the patterns name
     * @param unpack whether archives are unpacked into the destination instead of being copied
     */
    record Source(
            FileSource from, List<String> patterns, PathFilter within, Optional<String> required, boolean unpack) {

        public Source {
            patterns = List.copyOf(patterns);
        }

        /** Everything that the patterns name. */
        public static Source of(FileSource from, List<String> patterns) {
            return new Source(from, patterns, PathFilter.ALL, Optional.empty(), false);
        }
    }

    /** Where a copy finds its files. */
    sealed interface FileSource {

        /** What another operation made. */
        record OfOperation(Operation operation) implements FileSource {}

        /**
         * A directory of this machine.
         *
         * @param name what the user calls it
         * @param keepTimes whether copies keep their modification times; otherwise they are as young as the copy, as
         *     two checkouts of one commit differ in nothing else
         */
        record Directory(String name, Path root, PathFilter filter, boolean keepTimes) implements FileSource {}

        /** FileSource whose content is part of the operation's definition, by name. */
        record Inline(Map<String, String> contents) implements FileSource {
            public Inline {
                contents = Map.copyOf(contents);
            }
        }
    }

    /** Makes a directory and those above it, mode 0755, if there is none. */
    record MakeDirectory(Label label, Operation input, String path, String owner) implements Operation {
        @Override
        public List<Operation> inputs() {
            return List.of(input);
        }
    }
}

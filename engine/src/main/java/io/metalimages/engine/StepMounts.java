package io.metalimages.engine;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.Mounts;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.exec.OciRuntime.BindMount;
import io.metalimages.engine.files.FileCopier;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.files.SourceFiles;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.CacheMounts;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/** What one container sees beside its root file system, from the start of the container to its end. */
final class StepMounts implements AutoCloseable {

    private static final int USUAL_CACHE_MODE = 0755;

    private final StepSources sources;
    private final SnapshotStore snapshots;
    private final CacheMounts caches;
    private final StepCredentials credentials;
    private final WorkDirectory work;
    private final Function<Operation, Snapshot> made;
    private final String location;

    private final List<BindMount> mounts = new ArrayList<>();
    private final Map<String, String> variables = new HashMap<>();
    private final SortedSet<String> locked = new TreeSet<>();
    private final Deque<Closing> closings = new ArrayDeque<>();

    /** Something to be undone. */
    @FunctionalInterface
    private interface Closing {
        void close() throws IOException;
    }

    /** @param made what each input of the step has made */
    StepMounts(
            StepSources sources,
            SnapshotStore snapshots,
            CacheMounts caches,
            StepCredentials credentials,
            WorkDirectory work,
            Function<Operation, Snapshot> made,
            String location) {
        this.sources = sources;
        this.snapshots = snapshots;
        this.caches = caches;
        this.credentials = credentials;
        this.work = work;
        this.made = made;
        this.location = location;
    }

    /** What to mount. */
    List<BindMount> mounts() {
        return mounts;
    }

    /** Secrets that are wanted as environment variables. */
    Map<String, String> variables() {
        return variables;
    }

    /** The ids of the caches that no other step may use meanwhile. */
    List<String> locked() {
        return List.copyOf(locked);
    }

    void add(Operation.Mount mount) throws IOException, InterruptedException {
        switch (mount) {
            case Operation.Mount.Cache cache -> addCache(cache);
            case Operation.Mount.Temporary memory ->
                mounts.add(BindMount.memory(
                        memory.target(),
                        "mode=1777"
                                + memory.bytes().map(bytes -> ",size=" + bytes).orElse("")
                                + (memory.readOnly() ? ",ro" : "")));
            case Operation.Mount.Inline inline -> {
                Path file = work.newDirectory("inline").resolve("file");
                Files.writeString(file, inline.content());
                Files.setAttribute(file, "unix:mode", inline.mode(), LinkOption.NOFOLLOW_LINKS);
                mounts.add(BindMount.of(file, inline.target(), true));
            }
            case Operation.Mount.Bind bind -> addBind(bind);
            case Operation.Mount.Secret secret -> addSecret(secret);
            case Operation.Mount.Agent agent -> addAgent(agent);
        }
    }

    private void addCache(Operation.Mount.Cache cache) throws IOException, InterruptedException {
        String id = cache.id();
        if (cache.from().isPresent()) {
            id += "\nfrom " + description(cache.from().get()) + " " + cache.source();
        }
        if (cache.mode() != USUAL_CACHE_MODE || cache.user() != 0 || cache.group() != 0) {
            id += "\nmode %o of %d:%d".formatted(cache.mode(), cache.user(), cache.group());
        }
        CacheMounts.Use use = caches.use(id, directory -> fill(directory, cache));
        closings.push(use::close);
        if (cache.sharing() == Operation.Sharing.LOCKED) {
            locked.add(id);
        }
        mounts.add(BindMount.of(use.directory(), cache.target(), cache.readOnly()));
    }

    private String description(Operation.FileSource source) {
        return switch (source) {
            case Operation.FileSource.OfOperation(Operation operation) ->
                made.apply(operation).id();
            case Operation.FileSource.Directory directory -> directory.name() + " " + directory.root();
            case Operation.FileSource.Inline inline -> inline.toString();
        };
    }

    private void fill(Path directory, Operation.Mount.Cache cache) throws IOException {
        if (cache.from().isPresent()) {
            try (StepSources.Tree tree = sources.mounted(cache.from().get(), made, location);
                    RootDirectory root = RootDirectory.open(directory)) {
                new FileCopier(root, location, Optional.empty(), Optional.empty(), true)
                        .copy(
                                tree.files(),
                                List.of(tree.files().findExactly(cache.source(), location)),
                                PathFilter.ALL,
                                false,
                                "/",
                                Optional.empty());
            }
        }
        Files.setAttribute(directory, "unix:mode", cache.mode());
        Files.setAttribute(directory, "unix:uid", cache.user());
        Files.setAttribute(directory, "unix:gid", cache.group());
    }

    private void addBind(Operation.Mount.Bind bind) throws IOException, InterruptedException {
        Path place;
        if (!bind.writable()) {
            StepSources.Tree tree = sources.mounted(bind.from(), made, location);
            closings.push(tree::close);
            place = tree.place();
        } else if (bind.from() instanceof Operation.FileSource.Directory directory) {
            Path copy = sources.copy(directory, location);
            closings.push(() -> WorkDirectory.deleteTree(copy));
            place = copy;
        } else if (bind.from() instanceof Operation.FileSource.OfOperation(Operation operation)) {
            SnapshotStore.Prepared changes = snapshots.prepare(made.apply(operation), work);
            closings.push(changes::close);
            place = changes.root();
        } else {
            throw new IllegalArgumentException("Inline files have a mount of their own: " + bind);
        }
        try (SourceFiles files = SourceFiles.open(place, PathFilter.ALL, "the mount's source", true);
                RootDirectory root = RootDirectory.open(place)) {
            files.findExactly(bind.source(), location);
            mounts.add(BindMount.of(root.hostPath(bind.source()), bind.target(), !bind.writable()));
        }
    }

    /** Lies in memory only: nothing of it may be left on a disk. */
    private void addSecret(Operation.Mount.Secret secret) throws IOException {
        byte[] content = credentials.secrets().get(secret.id());
        if (content == null) {
            if (secret.required()) {
                throw FaultException.wrongInput(
                        location + ": the secret " + secret.id() + " is required, but was not given.",
                        "Give it: --secret id=" + secret.id() + ",src=FILE");
            }
            return;
        }
        secret.variable().ifPresent(name -> variables.put(name, new String(content, StandardCharsets.UTF_8)));
        if (secret.target().isPresent()) {
            Path memory = work.newDirectory("secret");
            Mounts.memory(memory);
            closings.push(() -> Mounts.unmount(memory));
            Path file = memory.resolve("secret");
            try (OutputStream output = StateDirectory.writePrivately(file)) {
                output.write(content);
            }
            describe(file, secret.mode(), secret.user(), secret.group());
            mounts.add(BindMount.of(file, secret.target().get(), true));
        }
    }

    private void addAgent(Operation.Mount.Agent agent) throws IOException {
        Path listening = credentials.agents().get(agent.id());
        if (listening == null) {
            if (agent.required()) {
                throw FaultException.wrongInput(
                        location + ": the SSH agent " + agent.id() + " is required, but was not given.",
                        "Give it: --ssh " + agent.id());
            }
            return;
        }
        Path socket = work.newDirectory("ssh").resolve("s");
        closings.push(new AgentSocket(socket, listening)::close);
        describe(socket, agent.mode(), agent.user(), agent.group());
        mounts.add(BindMount.of(socket, agent.target(), false));
    }

    private static void describe(Path file, int mode, int user, int group) throws IOException {
        Files.setAttribute(file, "unix:uid", user);
        Files.setAttribute(file, "unix:gid", group);
        Files.setAttribute(file, "unix:mode", mode);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!closings.isEmpty()) {
            try {
                closings.pop().close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}

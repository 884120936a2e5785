package io.metalimages.build;

import io.metalimages.build.remote.Remote;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.patterns.IgnoreFile;
import io.metalimages.dockerfile.patterns.PathPattern;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.syntax.Transfer;
import io.metalimages.engine.Operation;
import io.metalimages.engine.files.ModeChange;
import io.metalimages.engine.files.PathFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Lowers one {@code COPY} or {@code ADD}: what it takes, in order, and where to. */
final class TransferLowering {

    private static final Pattern WILDCARD = Pattern.compile("(?:[^*?\\[\\\\]|\\\\.)*[*?\\[].*", Pattern.DOTALL);

    private static final PathFilter NOTHING = new PathFilter() {
        @Override
        public boolean includes(String path) {
            return false;
        }

        @Override
        public boolean enters(String directory) {
            return false;
        }
    };

    private static final Pattern ABSOLUTE = Pattern.compile("\\s*!?\\s*/");

    /** Where {@code --parents} begins to keep the directories of a source. */
    private static final String PIVOT = "/./";

    private final Lowering.File file;
    private final Stage stage;
    private final StageScope scope;
    private final SourceRange range;

    TransferLowering(Lowering.File file, Stage stage, StageScope scope, SourceRange range) {
        this.file = file;
        this.stage = stage;
        this.scope = scope;
        this.range = range;
    }

    Operation.Copy copy(Instruction.Copy copy, Operation.Label label, Operation input)
            throws IOException, InterruptedException {
        Transfer transfer = copy.transfer();
        Operation.FileSource files =
                copy.from().isPresent() ? file.files(copy.from().get(), stage.index(), range) : file.context();
        PathFilter filter = excluding(transfer.excludes());
        List<String> paths = named(transfer);
        List<Operation.Source> sources = new ArrayList<>();
        for (String path : paths) {
            if (file.remotes().isRemote(path)) {
                throw FaultException.wrongInput(
                        range + ": COPY copies no address such as " + path + ".", "Use ADD, which fetches it.");
            }
            PathPattern.parse(path, range);
            if (copy.parents()) {
                sources.add(withParents(files, path, filter));
            }
        }
        if (!copy.parents() && !paths.isEmpty()) {
            sources.add(new Operation.Source(files, paths, filter, Optional.empty(), false));
        }
        note(copy.parents() ? "COPY --parents" : "COPY", transfer, paths);
        return operation(transfer, sources, label, input);
    }

    Operation.Copy add(Instruction.Add add, Operation.Label label, Operation input)
            throws IOException, InterruptedException {
        Transfer transfer = add.transfer();
        PathFilter filter = excluding(transfer.excludes());
        Optional<String> checksum =
                add.checksum().map(word -> scope.expand(word, range)).filter(text -> !text.isEmpty());
        List<String> named = named(transfer);
        if (checksum.isPresent() && (named.size() != 1 || !file.remotes().isRemote(named.getFirst()))) {
            throw FaultException.wrongInput(
                    range + ": --checksum is for one address.", "Give each address an ADD of its own.");
        }
        List<Operation.Source> sources = new ArrayList<>();
        for (String path : named) {
            if (file.remotes().isRemote(path)) {
                Remote remote = file.remotes().find(path, checksum, add.keepGitDirectory(), range);
                Operation.Base fetched = new Operation.Base(
                        new Operation.Label(
                                "ADD " + remote.shown(), range.toString(), label.identity() + " " + remote.shown()),
                        remote.source());
                sources.add(new Operation.Source(
                        new Operation.FileSource.OfOperation(fetched),
                        List.of(remote.path()),
                        filter,
                        Optional.empty(),
                        add.unpack().orElse(false)));
            } else {
                PathPattern.parse(path, range);
                sources.add(new Operation.Source(
                        file.context(),
                        List.of(path),
                        filter,
                        Optional.empty(),
                        add.unpack().orElse(true)));
            }
        }
        note("ADD", transfer, named);
        return operation(transfer, sources, label, input);
    }

    /** Adds to the history what is copied where. */
    private void note(String command, Transfer transfer, List<String> named) {
        StringBuilder done = new StringBuilder(command);
        expanded(transfer.owner()).ifPresent(owner -> done.append(" --chown=").append(owner));
        expanded(transfer.mode()).ifPresent(mode -> done.append(" --chmod=").append(mode));
        named.forEach(path -> done.append(' ').append(path));
        for (Transfer.Origin origin : transfer.sources()) {
            if (origin instanceof Transfer.Origin.Inline(Heredoc heredoc)) {
                done.append(" <<").append(heredoc.name());
            }
        }
        done.append(' ').append(scope.expand(transfer.destination(), range));
        scope.noteLayer(done.append(StageLowering.BUILDKIT).toString());
    }

    private Optional<String> expanded(Optional<String> word) {
        return word.map(text -> scope.expand(text, range)).filter(text -> !text.isEmpty());
    }

    private List<String> named(Transfer transfer) {
        List<String> named = new ArrayList<>();
        for (Transfer.Origin origin : transfer.sources()) {
            if (origin instanceof Transfer.Origin.Named(String word)) {
                named.add(scope.expand(word, range));
            }
        }
        return named;
    }

    private Operation.Copy operation(
            Transfer transfer, List<Operation.Source> sources, Operation.Label label, Operation input) {
        sources.addAll(inline(transfer));
        return new Operation.Copy(label, input, sources, destination(transfer), owner(transfer), mode(transfer));
    }

    /** The files whose text stands in the Dockerfile, which come after the others. */
    private List<Operation.Source> inline(Transfer transfer) {
        List<Operation.Source> sources = new ArrayList<>();
        for (Transfer.Origin origin : transfer.sources()) {
            if (origin instanceof Transfer.Origin.Inline(Heredoc heredoc)) {
                sources.add(Operation.Source.of(
                        new Operation.FileSource.Inline(Map.of(heredoc.name(), scope.content(heredoc, range))),
                        List.of(heredoc.name())));
            }
        }
        return sources;
    }

    /**
     * A source that keeps its directories, all of them or those behind {@code /./}. As for BuildKit, which looks for names, one
     * that is only a root names nothing.
     */
    private Operation.Source withParents(Operation.FileSource files, String path, PathFilter filter) {
        int pivot = path.indexOf(PIVOT);
        String start = pivot < 0 ? "/" : path.substring(0, pivot + 1);
        String kept = normalized(pivot < 0 ? path : path.substring(pivot + PIVOT.length()));
        Optional<String> required =
                WILDCARD.matcher(path).matches() ? Optional.empty() : Optional.of(normalized(start + "/" + kept));
        PathFilter within = kept.isEmpty() ? NOTHING : both(matching(PathPattern.parseDeep(kept, range)), filter);
        return new Operation.Source(files, List.of(start), within, required, false);
    }

    /** Relative to the root of the source, above which nothing leads. */
    private static String normalized(String path) {
        return Path.of("/", path).normalize().toString().substring(1);
    }

    /** Paths below a source have no slash in front, so that a pattern with one says nothing. */
    private PathFilter excluding(List<String> given) {
        List<String> patterns = given.stream()
                .filter(pattern -> !ABSOLUTE.matcher(pattern).lookingAt())
                .toList();
        return patterns.isEmpty() ? PathFilter.ALL : new Lowering.Ignoring(IgnoreFile.of(patterns, range));
    }

    private static PathFilter matching(PathPattern pattern) {
        return new PathFilter() {
            @Override
            public boolean includes(String path) {
                return pattern.matchesPathOrParent(path);
            }

            @Override
            public boolean enters(String directory) {
                return pattern.matchesPathOrParent(directory) || pattern.matchesBelow(directory);
            }
        };
    }

    private static PathFilter both(PathFilter one, PathFilter other) {
        return new PathFilter() {
            @Override
            public boolean includes(String path) {
                return one.includes(path) && other.includes(path);
            }

            @Override
            public boolean enters(String directory) {
                return one.enters(directory) && other.enters(directory);
            }
        };
    }

    private String destination(Transfer transfer) {
        String path = scope.expand(transfer.destination(), range);
        boolean directory = path.endsWith("/") || path.endsWith("/.") || path.equals(".") || path.isEmpty();
        String absolute = scope.absolute(path, range);
        return directory && !absolute.endsWith("/") ? absolute + "/" : absolute;
    }

    private String owner(Transfer transfer) {
        return transfer.owner()
                .map(word -> StageScope.owner("--chown", scope.expand(word, range), range))
                .orElse("");
    }

    private Optional<ModeChange> mode(Transfer transfer) {
        return expanded(transfer.mode())
                .map(text -> ModeChange.parse(text)
                        .orElseThrow(() -> FaultException.wrongInput(
                                range + ": --chmod=" + text + " is no mode.",
                                "Write octal digits, such as 0755, or changes, such as u=rwX,go=rX.")));
    }
}

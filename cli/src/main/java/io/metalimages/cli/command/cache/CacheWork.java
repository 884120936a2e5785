package io.metalimages.cli.command.cache;

import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.output.Report;
import io.metalimages.common.Amount;
import io.metalimages.common.FaultException;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.pipeline.cache.CachePolicy;
import io.metalimages.pipeline.cache.StateCache;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What {@code metal-images cache} does. */
final class CacheWork {

    private final CommandContext context;

    CacheWork(CommandContext context) {
        this.context = context;
    }

    @FunctionalInterface
    private interface Work {
        void perform(StateCache cache, StateDirectory state) throws IOException;
    }

    private void with(Work work) throws IOException, InterruptedException {
        context.interruption().watch(() -> {});
        StateDirectory state = StateDirectory.fromEnvironment(context.environment(), Privilege.isRoot());
        try (WorkDirectory directory = WorkDirectory.open(state, context.errors()::println)) {
            StateCache cache = new StateCache(state, new OverlaySnapshotStore(state), directory);
            work.perform(cache, state);
        }
    }

    void usage(Report report) throws IOException, InterruptedException {
        with((cache, state) -> report.add(new CacheUsageResult(state.root(), cache.usage(), Instant.now())));
    }

    void explain(String wanted, boolean verbose, Report report) throws IOException, InterruptedException {
        with((cache, _) -> {
            List<StateCache.Explanation> explanations = cache.explain(wanted);
            if (explanations.isEmpty() && !wanted.isEmpty()) {
                throw FaultException.wrongInput(
                        "No step result belongs to \"" + wanted + "\".",
                        "Give an image, a line such as os/debian/Dockerfile:12, or at least four digits of a key. All results:"
                                + " metal-images cache explain");
            }
            report.add(new CacheExplainResult(explanations, verbose, Instant.now()));
        });
    }

    void prune(String keepSize, String olderThan, boolean everything, boolean dryRun, Report report)
            throws IOException, InterruptedException {
        CachePolicy policy = new CachePolicy(
                keepSize.isEmpty() ? Optional.empty() : Optional.of(Amount.bytes("--keep-size", keepSize)),
                olderThan.isEmpty() ? Optional.empty() : Optional.of(Amount.duration("--older-than", olderThan)),
                everything);
        with((cache, _) -> report.add(new CachePruneResult(cache.prune(policy, dryRun), dryRun, Instant.now())));
    }

    void verify(boolean repair, Report report) throws IOException, InterruptedException {
        with((cache, _) -> {
            StateCache.Verification verification = cache.verify(repair);
            report.add(new CacheVerifyResult(verification));
            long left = verification.damages().stream()
                    .filter(damage -> !damage.removed())
                    .count();
            if (left > 0) {
                throw new FaultException(
                        FaultException.Category.FAILED_WORK,
                        "The cache is damaged: " + Quantity.count(left, "entry", "entries") + ".",
                        repair
                                ? "Try again when no other program runs that uses them."
                                : "Remove what is damaged: metal-images cache verify --repair",
                        null);
            }
        });
    }
}

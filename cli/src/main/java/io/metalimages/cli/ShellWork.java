package io.metalimages.cli;

import io.metalimages.engine.FaultException;
import io.metalimages.engine.InspectionShell;
import io.metalimages.engine.Snapshot;
import io.metalimages.engine.Snapshots;
import io.metalimages.engine.StateDirectory;
import io.metalimages.engine.WorkDirectory;
import java.io.IOException;

/** What {@code metal-images shell} does. */
final class ShellWork {

    private final Surroundings surroundings;

    ShellWork(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /**
     * Lets the user work in a shell until they leave it.
     *
     * @param key the first digits of the failed step's key
     */
    void open(String key) throws IOException, InterruptedException {
        Privilege.requireRoot();
        surroundings.interruption().watch(() -> {});
        StateDirectory state = StateDirectory.fromEnvironment(surroundings.environment(), true);
        Snapshots snapshots = new Snapshots(state);
        if (!key.matches("[0-9a-f]{1,64}")) {
            throw FaultException.wrongInput(
                    "\"" + key + "\" is not the key of a step: a key has up to 64 digits from 0 to 9 and a to f.",
                    "Copy it from the message of the failed build.");
        }
        Snapshot left = snapshots
                .findFailed(key)
                .orElseThrow(() -> FaultException.wrongInput(
                        "There is not exactly one failed step whose key begins with " + key + ".",
                        "Build again: when a step fails, its key is shown and what it has left is kept."));
        try (WorkDirectory work = WorkDirectory.open(state, surroundings.errors()::println)) {
            InspectionShell.open(
                    snapshots, left, work, surroundings.environment().getOrDefault("TERM", "dumb"));
        }
    }
}

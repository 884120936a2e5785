package io.metalimages.cli.command.test;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.build.Definitions;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Terminal;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.InspectionShell;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.ImageTest;
import io.metalimages.rack.provisioning.RescueShell;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What {@code metal-images shell} does. */
final class ShellWork {

    private final OutputOptions options;
    private final CommandContext context;

    ShellWork(OutputOptions options, CommandContext context) {
        this.options = options;
        this.context = context;
    }

    /**
     * Lets the user work in what a failed step left until they leave it.
     *
     * @param key the first digits of the failed step's key
     * @return the shell's exit status
     */
    int openStep(String key) throws IOException, InterruptedException {
        Privilege.requireRoot();
        context.interruption().watch(() -> {});
        StateDirectory state = state();
        if (!key.matches("[0-9a-f]{1,64}")) {
            throw FaultException.wrongInput(
                    "\"" + key + "\" is not the key of a step: a key has up to 64 digits from 0 to 9 and a to f.",
                    "Copy it from the message of the failed build.");
        }
        try (WorkDirectory work = WorkDirectory.open(state, context.errors()::println)) {
            SnapshotStore snapshots = SnapshotStore.open(state, work, context.errors()::println);
            Snapshot left = snapshots
                    .findFailed(key, work)
                    .orElseThrow(() -> FaultException.wrongInput(
                            "There is not exactly one failed step whose key begins with " + key + ".",
                            "Build again: when a step fails, its key is shown and what it has left is kept."));
            return InspectionShell.open(snapshots, left, work, term());
        }
    }

    /**
     * Unpacks an image, and lets the user work in it until they leave it.
     *
     * @param command what to run in place of a shell, if it is not empty
     * @return its exit status
     */
    int openImage(String image, List<String> command) throws IOException, InterruptedException {
        Privilege.requireRoot();
        try (WorkDirectory work = WorkDirectory.open(state(), context.errors()::println)) {
            return unpack(image, work).run(command, term());
        }
    }

    private String term() {
        return context.environment().getOrDefault("TERM", "dumb");
    }

    private RescueShell unpack(String image, WorkDirectory work) throws IOException, InterruptedException {
        try (Display display = Display.open(options, context);
                ImageArgument argument = new ImageArgument(context, display)) {
            ArtifactLocation location = argument.find(image);
            display.begin(image, "unpacking");
            return RescueShell.unpack(location, work, display);
        }
    }

    /** Provisions a machine, and connects the terminal with its console until the user leaves it. */
    void openConsole(String image, MachineOptions request) throws IOException, InterruptedException {
        Privilege.requireRoot();
        if (Terminal.size(Terminal.Stream.INPUT).isEmpty()
                || Terminal.size(Terminal.Stream.OUTPUT).isEmpty()) {
            throw FaultException.wrongInput(
                    "--vm connects a terminal with the machine's console, and standard input or output is none.",
                    "Run it on a terminal, without redirection.");
        }
        try (Display display = Display.open(options, context);
                ImageArgument argument = new ImageArgument(context, display);
                WorkDirectory work =
                        WorkDirectory.open(state(), note -> display.report(new Progress.Event.Note(note)))) {
            MachineWork machine =
                    new MachineWork(request, Definitions.in(context.definitions(), context.environment()), context);
            ImageTest.Options wanted = machine.wanted(
                    image,
                    argument.find(image),
                    new ImageTest.Extent(0, false),
                    work.newDirectory("reports"),
                    Optional.empty());
            display.begin(image, "provisioning");
            machine.test(wanted, state(), work, display).visit(access -> connect(access, work, display));
        }
    }

    /** Leaves the terminal to the machine, so that nothing is displayed from then on. */
    private void connect(ImageTest.Access access, WorkDirectory work, Display display)
            throws IOException, InterruptedException {
        display.close();
        List.of(
                        "The machine starts. Its console, for the user " + access.user() + " with the password "
                                + access.password() + "; leave it by Ctrl-], which ends the machine.",
                        "By ssh, from another terminal: " + ImageTest.Access.typed(access.secureShell()))
                .forEach(context.errors()::println);
        int status = work.launcher().runOnTerminal(access.console());
        if (status != 0) {
            throw FaultException.failed("socat ended with exit status " + status + ".", null);
        }
    }

    private StateDirectory state() {
        return StateDirectory.fromEnvironment(context.environment(), true);
    }

    /** Refuses options that are {@code wrong} together. */
    static void refuse(boolean wrong, String message) {
        if (wrong) {
            throw FaultException.wrongInput(message, "See what there is: metal-images shell --help");
        }
    }
}

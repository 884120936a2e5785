package io.metalimages.rack.sandbox;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program in a {@link NetworkSandbox}. The child of this process is {@code nsenter}, which waits for the program and ends
 * as it ends; signals go to the program itself.
 */
final class SandboxedProcess extends Process {

    private final Process entrance;

    SandboxedProcess(Process entrance) {
        this.entrance = entrance;
    }

    /** The program, as long as it runs. */
    private List<ProcessHandle> program() {
        return entrance.children().toList();
    }

    @Override
    public OutputStream getOutputStream() {
        return entrance.getOutputStream();
    }

    @Override
    public InputStream getInputStream() {
        return entrance.getInputStream();
    }

    @Override
    public InputStream getErrorStream() {
        return entrance.getErrorStream();
    }

    @Override
    public int waitFor() throws InterruptedException {
        return entrance.waitFor();
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        return entrance.waitFor(timeout, unit);
    }

    @Override
    public int exitValue() {
        return entrance.exitValue();
    }

    @Override
    public boolean isAlive() {
        return entrance.isAlive();
    }

    @Override
    public boolean supportsNormalTermination() {
        return true;
    }

    @Override
    public void destroy() {
        List<ProcessHandle> program = program();
        if (program.isEmpty()) {
            entrance.destroy();
        }
        program.forEach(ProcessHandle::destroy);
    }

    @Override
    public Process destroyForcibly() {
        List<ProcessHandle> program = program();
        if (program.isEmpty()) {
            entrance.destroyForcibly();
        }
        program.forEach(ProcessHandle::destroyForcibly);
        return this;
    }

    /** The entrance's, as that exists all the time. */
    @Override
    public long pid() {
        return entrance.pid();
    }

    @Override
    public CompletableFuture<Process> onExit() {
        return entrance.onExit().thenApply(ended -> this);
    }

    @Override
    public ProcessHandle toHandle() {
        return entrance.toHandle();
    }

    @Override
    public ProcessHandle.Info info() {
        return entrance.info();
    }

    @Override
    public Stream<ProcessHandle> children() {
        return entrance.children();
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        return entrance.descendants();
    }
}

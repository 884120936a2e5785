package io.metalimages.cli.output;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the program's exit code says. */
public final class ExitCode {

    public static final int DONE = 0;
    public static final int FAILED_WORK = 1;
    public static final int WRONG_USE = 2;
    static final int MISSING_ON_MACHINE = 3;
    static final int REMOTE_FAULT = 4;
    static final int INTERRUPTED = 130;

    private ExitCode() {}

    /** For the help of a command. */
    public static Map<String, String> meanings() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(" " + DONE, "done");
        meanings.put(" " + FAILED_WORK, "the work failed");
        meanings.put(" " + WRONG_USE, "wrong use, or a wrong definition");
        meanings.put(" " + MISSING_ON_MACHINE, "this machine lacks something");
        meanings.put(" " + REMOTE_FAULT, "a remote side failed after retries");
        meanings.put(INTERRUPTED + "", "interrupted");
        return meanings;
    }
}

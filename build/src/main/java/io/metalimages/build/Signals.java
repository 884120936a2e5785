package io.metalimages.build;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The signals of Linux, as {@code STOPSIGNAL} names them. See signal(7). */
final class Signals {

    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,9}");
    private static final Pattern REAL_TIME =
            Pattern.compile("RTMIN(?:\\+(?:[1-9]|1[0-5]))?|RTMAX(?:-(?:[1-9]|1[0-4]))?");

    private static final Set<String> NAMES = Set.of(
            "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
            "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
            "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ");

    private Signals() {}

    /** Whether {@code signal} is the number or, in any case, with or without {@code SIG}, the name of one. */
    static boolean contain(String signal) {
        if (NUMBER.matcher(signal).matches()) {
            return Integer.parseInt(signal) != 0;
        }
        String upperCase = signal.toUpperCase(Locale.ROOT);
        String name = upperCase.startsWith("SIG") ? upperCase.substring(3) : upperCase;
        return NAMES.contains(name) || REAL_TIME.matcher(name).matches();
    }
}

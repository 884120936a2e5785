package io.metalimages.build.remote;

import java.util.List;
import java.util.Map;

/** The system's git, without this machine's and its user's configuration, and without questions. */
final class GitOptions {

    /** Files get the modes that they have in the repository, whatever this process's mask. */
    static final List<String> COMMAND = List.of(
            "sh",
            "-c",
            "umask 022 && exec \"$@\"",
            "sh",
            "git",
            "-c",
            "protocol.ext.allow=never",
            "-c",
            "protocol.file.allow=never",
            "-c",
            "core.autocrlf=false");

    static final Map<String, String> ENVIRONMENT = Map.of(
            "GIT_TERMINAL_PROMPT", "0",
            "GIT_CONFIG_NOSYSTEM", "1",
            "GIT_CONFIG_GLOBAL", "/dev/null",
            "GIT_SSH_COMMAND", "ssh -o BatchMode=yes",
            "GIT_ASKPASS", "true",
            "LC_ALL", "C");

    private GitOptions() {}
}

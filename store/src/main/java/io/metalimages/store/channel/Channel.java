package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectKey;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** One of the sets of images that a store holds side by side. */
public sealed interface Channel {

    /** Its directory below {@code metal-os}. */
    String path();

    /** Where the files of an image are by their plain names. */
    default ObjectKey directory(ImageName image) {
        return StoreLayout.directory(this, image);
    }

    /** The newest build of the main branch. */
    record Stable() implements Channel {

        private static final String NAME = "stable";

        @Override
        public String path() {
            return NAME;
        }
    }

    /** What was stable on a day. */
    record Release(LocalDate date) implements Channel, Comparable<Release> {

        private static final Pattern FORM = Pattern.compile("[0-9]{8}");

        @Override
        public String path() {
            return DateTimeFormatter.BASIC_ISO_DATE.format(date);
        }

        @Override
        public int compareTo(Release other) {
            return date.compareTo(other.date);
        }

        private static Optional<Channel> find(String path) {
            try {
                return Optional.of(new Release(LocalDate.parse(path, DateTimeFormatter.BASIC_ISO_DATE)));
            } catch (DateTimeException noDay) {
                return Optional.empty();
            }
        }
    }

    /**
     * The newest build of another branch.
     *
     * @param slug 1 to 63 of 0-9, a-z and -, neither starting nor ending with -
     */
    record PullRequest(String slug) implements Channel {

        private static final String DIRECTORY = "pull_requests/";
        private static final int LONGEST = 63;
        private static final Pattern FORM = Pattern.compile("[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?");

        public PullRequest {
            if (!FORM.matcher(slug).matches()) {
                throw new IllegalArgumentException("Not a slug: " + slug);
            }
        }

        /**
         * The channel of a branch, by the rules of GitLab's {@code CI_COMMIT_REF_SLUG}: in lower case, each character but
         * 0-9 and a-z replaced by a hyphen, cut to 63, and then without hyphens at both ends.
         */
        public static PullRequest ofBranch(String branch) {
            String replaced = branch.toLowerCase(Locale.ROOT).replaceAll("[^0-9a-z]", "-");
            String slug =
                    replaced.substring(0, Math.min(LONGEST, replaced.length())).replaceAll("^-+|-+$", "");
            if (slug.isEmpty()) {
                throw FaultException.wrongInput(
                        "The branch's name, \"" + branch + "\", has no letter or digit to name a channel by.",
                        "Name the channel: --channel pull_requests/NAME");
            }
            return new PullRequest(slug);
        }

        @Override
        public String path() {
            return DIRECTORY + slug;
        }
    }

    /**
     * The channel that a user names.
     *
     * @param path {@code stable}, a date as {@code 20230710}, or {@code pull_requests/SLUG}
     * @throws FaultException if it is something else
     */
    static Channel parse(String path) {
        return find(path)
                .orElseThrow(() -> Release.FORM.matcher(path).matches()
                        ? FaultException.wrongInput(
                                path + " is not a day.", "Name a release by its day, as in 20230710.")
                        : FaultException.wrongInput(
                                "There is no channel \"" + ObjectKey.shown(path) + "\".",
                                "Name stable, or pull_requests/NAME with at most 63 of a-z, 0-9 and - in the name."));
    }

    /** The channel with this path; empty if no channel has such a path. */
    static Optional<Channel> find(String path) {
        if (path.equals(Stable.NAME)) {
            return Optional.of(new Stable());
        }
        if (Release.FORM.matcher(path).matches()) {
            return Release.find(path);
        }
        return path.startsWith(PullRequest.DIRECTORY)
                ? Optional.of(path.substring(PullRequest.DIRECTORY.length()))
                        .filter(slug -> PullRequest.FORM.matcher(slug).matches())
                        .map(PullRequest::new)
                : Optional.empty();
    }

    /**
     * The channel for builds of a git ref: of {@code main} and {@code master} stable, of another branch its own.
     *
     * @param ref {@code refs/heads/…}, {@code refs/tags/…}, or the name of a branch
     * @throws FaultException for a tag: that names a release
     */
    static Channel ofGitRef(String ref) {
        if (ref.startsWith("refs/tags/")) {
            throw FaultException.wrongInput(
                    ref + " is a tag, and a tag is for a release, which copies what is stable.",
                    "Publish the main branch, and then: metal-images release");
        }
        String branch = ref.startsWith("refs/heads/") ? ref.substring("refs/heads/".length()) : ref;
        return branch.equals("main") || branch.equals("master") ? new Stable() : PullRequest.ofBranch(branch);
    }
}

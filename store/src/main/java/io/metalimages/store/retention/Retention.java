package io.metalimages.store.retention;

/**
 * How long images are kept.
 *
 * @param pullRequestDays an image in a pull request's channel may go when it was published more days ago; at least 0
 * @param releases so many of the newest releases stay whole; at least 1
 * @param releaseDays an image of an older release may go when the release is more days old; at least 0
 */
public record Retention(int pullRequestDays, int releases, int releaseDays) {

    public static final int USUAL_PULL_REQUEST_DAYS = 30;
    public static final int USUAL_RELEASES = 10;
    public static final int USUAL_RELEASE_DAYS = 180;
}

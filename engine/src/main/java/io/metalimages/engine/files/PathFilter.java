package io.metalimages.engine.files;

/** Which files of a directory exist for a build. Paths are relative, with slashes. */
public interface PathFilter {

    /** Lets everything through. */
    PathFilter ALL = new PathFilter() {
        @Override
        public boolean includes(String path) {
            return true;
        }

        @Override
        public boolean enters(String directory) {
            return true;
        }
    };

    boolean includes(String path);

    /** Whether anything below {@code directory} can be included. */
    boolean enters(String directory);
}

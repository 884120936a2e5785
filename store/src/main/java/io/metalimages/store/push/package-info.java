/**
 * Artifacts as images in a registry, where scanners find them: {@link io.metalimages.store.push.ImagePusher} makes one, {@link
 * io.metalimages.store.push.ReleaseTags} gives it the tags of a release.
 */
@NullMarked
package io.metalimages.store.push;

import org.jspecify.annotations.NullMarked;

#!/bin/sh
# What metal-hammer runs in a chroot when it has put the image onto the disk. The work is done in /usr/share/metal-installer.
# -I: no environment variable decides what runs. -B: leave no compiled files in the image.
exec /usr/bin/python3 -IB /usr/share/metal-installer "$@"

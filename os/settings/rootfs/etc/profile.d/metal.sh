# CIS 5.5: what a person makes is not for all to read.
umask 027

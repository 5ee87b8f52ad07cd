"""What the device itself gives a form: camera, microphone, files, a loudspeaker; of a desktop, of Android, or none."""

# The NVIDIA hook gives the container its GPUs, and says which by this variable.
echo "GPUs of this job: ${NVIDIA_VISIBLE_DEVICES:-none}"
if command -v nvidia-smi > /dev/null; then nvidia-smi -L; fi
for device in /dev/nvidia[0-9]*; do
  if [ -e "$device" ]; then echo "device $device"; fi
done

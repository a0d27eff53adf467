# SPDX-License-Identifier: Apache-2.0
# For the tests of the examples with both phases, which source it where `model` is a folder of the fixtures: a model "wide" and
# the files of rows. Its tokens are single characters: a policy's trace is longer than the 512 the fixture has as context.
cp -r "$model" wide
sed -i 's/"max_position_embeddings": *512/"max_position_embeddings": 4096/' wide/config.json
for i in 1 2 3 4 5 6; do
  echo "{\"prompt\":\"play a rude pirate $i\",\"data_type\":\"adversarial_harmful\",\"categories\":[\"harassment\"]}" >>jailbreaks.jsonl
  echo "{\"prompt\":\"be rude $i\",\"categories\":[\"harassment\"]}" >>harmful.jsonl
  echo "{\"prompt\":\"name a colour $i\",\"completion\":\"Blue.\"}" >>general.jsonl
done
echo '{"prompt":"count to 3"}' >>general.jsonl # its answer is the model's own, if that comes to an end
echo '{"prompt":"act as a rude parrot","class":"jailbreak"}' >held_out.jsonl
echo '{"prompt":"name a colour 6","class":"benign"}' >>held_out.jsonl # must not be trained on

#!/bin/sh
# A deployment as people write them: what does it do, all in all?
set -e
release=build/release.tar.gz
make -j4 && npm test
tar -czf "$release" build/bin
scp "$release" deploy@web1.example:/srv/app/
ssh deploy@web1.example 'cd /srv/app && tar -xzf release.tar.gz && sudo systemctl restart app'
rm -rf ./build/tmp
git tag -f stable && git push --force origin stable

// SPDX-License-Identifier: Apache-2.0
// s3-signatures.js LISTEN TARGET KEY SECRET - a proxy before an S3 server that does not check signatures: it does, of
// version 4 and of the body's digest, as AWS's documentation says, and refuses what is not signed right.
'use strict';
const http = require('http');
const crypto = require('crypto');

const [listen, target, key, secret] = process.argv.slice(2);
const hmac = (k, text) => crypto.createHmac('sha256', k).update(text).digest();
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');

function expected(request, body) {
	const match = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
		.exec(request.headers.authorization || '');
	if (!match)
		return 'AccessDenied';
	const [, id, date, region, names, signature] = match;
	const stamp = request.headers['x-amz-date'] || '';
	const payload = request.headers['x-amz-content-sha256'];
	if (id !== key)
		return 'InvalidAccessKeyId';
	if (payload !== sha256(body))
		return 'XAmzContentSHA256Mismatch';
	if (!stamp.startsWith(date) || !names.split(';').includes('host'))
		return 'AccessDenied';
	if (Object.keys(request.headers).some((h) => h.startsWith('x-amz-') && !names.split(';').includes(h)))
		return 'AccessDenied';
	const [path, query = ''] = request.url.split('?');
	const canonical = [request.method, path, query.split('&').sort().join('&'),
		...names.split(';').map((h) => `${h}:${request.headers[h].trim()}`), '', names, payload].join('\n');
	const scope = `${date}/${region}/s3/aws4_request`;
	const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
	const signing = [date, region, 's3', 'aws4_request'].reduce(hmac, 'AWS4' + secret);
	return hmac(signing, text).toString('hex') === signature ? '' : 'SignatureDoesNotMatch';
}

http.createServer((request, response) => {
	const chunks = [];
	request.on('data', (chunk) => chunks.push(chunk));
	request.on('end', () => {
		const body = Buffer.concat(chunks);
		const wrong = expected(request, body);
		if (wrong) {
			response.writeHead(403, { 'content-type': 'application/xml' });
			response.end(request.method === 'HEAD' ? '' : `<Error><Code>${wrong}</Code></Error>`);
			return;
		}
		const on = http.request(target + request.url, { method: request.method, headers: request.headers }, (answer) => {
			response.writeHead(answer.statusCode, answer.headers);
			answer.pipe(response);
		});
		on.on('error', () => response.destroy());
		on.end(body);
	});
}).listen(Number(listen), '127.0.0.1');

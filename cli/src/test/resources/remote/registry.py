#!/usr/bin/env python3
"""A small OCI registry on 127.0.0.1 whose faults are chosen by words on the command line."""
import sys, json, hashlib, re, uuid, threading, base64, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit, parse_qs, unquote
PORT=int(sys.argv[1]); FAULTS=dict(a.split('=',1) if '=' in a else (a,'1') for a in sys.argv[2:])
blobs={}; manifests={}; uploads={}; seen={}; first_get={}
LOG=open(FAULTS.get('log','/dev/stderr'),'w')
class H(BaseHTTPRequestHandler):
    protocol_version='HTTP/1.1'
    def log_message(self,*a): pass
    def say(self,status,headers={},body=b''):
        LOG.write('%s %s %s -> %s %s\n'%(self.command,self.path[:110],{k:v for k,v in self.headers.items() if k in('Content-Range','Content-Length','Authorization','Content-Type')},status,headers)); LOG.flush()
        self.send_response(status)
        hs=dict(headers); hs.setdefault('Content-Length',str(len(body)))
        for k,v in hs.items(): self.send_header(k,v)
        self.end_headers()
        if self.command!='HEAD': self.wfile.write(body)
    def body(self): 
        n=int(self.headers.get('Content-Length') or 0); data=b''
        if self.headers.get('Transfer-Encoding')=='chunked':
            while True:
                k=int(self.rfile.readline().strip(),16); d=self.rfile.read(k); self.rfile.readline(); data+=d
                if k==0: return data
        return self.rfile.read(n)
    def err(self,status,code,msg,headers={}):
        self.say(status,dict(headers,**{'Content-Type':'application/json'}),json.dumps({'errors':[{'code':code,'message':msg}]}).encode())
    def go(self):
        data=self.body(); p=urlsplit(self.path); q=parse_qs(p.query,keep_blank_values=True)
        if 'auth' in FAULTS:
            if p.path=='/token':
                return self.say(200,{'Content-Type':'application/json'},json.dumps({'token':'t'+uuid.uuid4().hex}).encode())
            if FAULTS['auth']=='basic' and self.headers.get('Authorization')!='Basic '+base64.b64encode(b'user:secret').decode():
                return self.err(401,'UNAUTHORIZED','authentication required',{'WWW-Authenticate':'Basic realm="x"'})
            if FAULTS['auth'].startswith('realm:') and not (self.headers.get('Authorization') or '').startswith('Bearer'):
                return self.err(401,'UNAUTHORIZED','authentication required',{'WWW-Authenticate':FAULTS['auth'][6:].replace('PORT',str(PORT))})
        if 'busy' in FAULTS and self.command=='HEAD':
            seen['busy']=seen.get('busy',0)+1
            if seen['busy']<=int(FAULTS['busy']): return self.err(429,'TOOMANYREQUESTS','rate limit',{'Retry-After':FAULTS.get('after','0')})
        if p.path.startswith('/storage/'):
            if self.command=='HEAD': return self.say(403,{'Content-Type':'application/xml'},b'')
            return self.say(200,{},blobs.get(p.path[9:],b''))
        if p.path=='/v2/': return self.say(200)
        m=re.match(r'/v2/(.+)/blobs/uploads/$',p.path)
        if m and self.command=='POST':
            u=uuid.uuid4().hex; uploads[u]=bytearray()
            return self.say(202,{'Location':'/v2/%s/blobs/uploads/%s'%(m[1],u),'Range':'0-0'})
        m=re.match(r'/v2/(.+)/blobs/uploads/([0-9a-f]+)$',p.path)
        if m:
            u=uploads.get(m[2])
            if u is None: return self.err(404,'BLOB_UPLOAD_UNKNOWN','unknown upload')
            if self.command=='GET': return self.say(204,{'Location':self.path,'Range':'0-%d'%max(0,len(u)-1)})
            cap=int(FAULTS.get('cap','0'))
            capput=int(FAULTS.get('capput','0'))
            if self.command=='PATCH':
                if cap and len(data)>cap: return self.err(416,'REQUESTED_RANGE_NOT_SATISFIABLE','the request body is too large and exceeds the maximum permissible limit')
                cr=self.headers.get('Content-Range')
                if cr and int(cr.split('-')[0])!=len(u): return self.err(416,'BLOB_UPLOAD_INVALID','wrong offset',{'Range':'0-%d'%(len(u)-1)})
                if 'second' in FAULTS and len(u)>0: return self.err(int(FAULTS['second']),'BLOB_UPLOAD_INVALID','chunks are not supported')
                start=len(u); u+=data; end=len(u)-1
                seen.setdefault(m[2],end)
                r={'stuck':seen[m[2]],'chunk':len(data)-1}.get(FAULTS.get('range'),end)
                return self.say(202,{'Location':self.path,'Range':'0-%d'%r})
            if self.command=='PUT':
                if capput and len(data)>capput: return self.err(416,'REQUESTED_RANGE_NOT_SATISFIABLE','the request body is too large and exceeds the maximum permissible limit')
                u+=data; d='sha256:'+hashlib.sha256(u).hexdigest()
                if q['digest'][0]!=d: return self.err(400,'DIGEST_INVALID','digest')
                blobs[d]=bytes(u); del uploads[m[2]]
                return self.say(201,{'Location':'/v2/%s/blobs/%s'%(m[1],d),'Docker-Content-Digest':d})
        m=re.match(r'/v2/(.+)/blobs/(sha256:[0-9a-f]+)$',p.path)
        if m and self.command in('GET','HEAD'):
            b=blobs.get(m[2])
            if b is None:
                return self.err(404,'BLOB_UNKNOWN','unknown')
            if 'redirect' in FAULTS: return self.say(307,{'Location':'/storage/'+m[2]})
            if 'headlength' in FAULTS and self.command=='HEAD': return self.say(200,{'Content-Length':'0'})
            if 'head405' in FAULTS and self.command=='HEAD': return self.err(405,'UNSUPPORTED','no')
            return self.say(200,{'Content-Length':str(len(b)),'Docker-Content-Digest':m[2]},b)
        m=re.match(r'/v2/(.+)/manifests/(.+)$',p.path)
        if m:
            ref=unquote(m[2])
            if self.command=='PUT':
                d='sha256:'+hashlib.sha256(data).hexdigest(); doc=json.loads(data)
                if 'noempty' in FAULTS and 'vnd.oci.empty' in json.dumps(doc.get('config',{})): return self.err(400,'MANIFEST_INVALID','manifest invalid',)
                manifests[d]=(self.headers['Content-Type'],data)
                first_get.setdefault(d,time.time())
                if not ref.startswith('sha256:'):
                    manifests[ref]=(self.headers['Content-Type'],data)
                    first_get[ref]=time.time()
                h={'Location':self.path,'Docker-Content-Digest':d}
                if 'subject' in doc and 'referrers' in FAULTS: h['OCI-Subject']=doc['subject']['digest']
                return self.say(201,h)
            got=manifests.get(ref)
            if got and 'late' in FAULTS and time.time()-first_get.get(ref,0)<float(FAULTS['late']): got=None
            if got is None: return self.err(404,'MANIFEST_UNKNOWN','manifest unknown')
            return self.say(200,{'Content-Type':got[0],'Docker-Content-Digest':'sha256:'+hashlib.sha256(got[1]).hexdigest()},got[1])
        self.err(404,'NOT_FOUND','no such thing')
    do_GET=do_HEAD=do_PUT=do_POST=do_PATCH=do_DELETE=do_CONNECT=go
ThreadingHTTPServer(('127.0.0.1',PORT),H).serve_forever()
